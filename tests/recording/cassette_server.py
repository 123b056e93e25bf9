"""A server for the tests of cassettes: it answers each request with the next reply it was given."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conformance.recording import Interaction, Provenance, Recording, Request, Response
from conformance.recording.cassette import file

STORED = "http://engine.invalid"
CHAT = f"{STORED}/v1/chat/completions"
RERECORD = "conformance record tools/one_call"
JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}


@dataclass(frozen=True)
class Reply:
    """The answer of the server to one request."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    reason: str = "Said"


@contextmanager
def serving(replies: Iterable[Reply]) -> Iterator[str]:
    """A base URL on a random port of the loopback."""
    waiting = iter(replies)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            reply = next(waiting)
            head = [f"HTTP/1.1 {reply.status} {reply.reason}"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            head += [f"content-length: {len(reply.body)}", "connection: close", "", ""]
            self.wfile.write("\r\n".join(head).encode("ascii") + reply.body)
            self.close_connection = True

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def provenance(**changed: str) -> Provenance:
    """Where the cassettes of the tests come from."""
    fields = {
        "scenario": "tools/one_call",
        "backend": "openai",
        "target": "engine",
        "model": "tiny",
        "host": "engine.invalid",
        "digest": "0123456789ab",
        "recorded": "2026-11-23T12:00:00Z",
        "harness": "0.1.0",
    }
    return Provenance(**{**fields, **changed}, sdks={"openai": "2.54.0", "httpx": "0.28.1"})  # type: ignore[arg-type]


def store(path: Path, *interactions: Interaction, origin: Provenance | None = None) -> Path:
    """A cassette file with these interactions."""
    file.write(path, file.document(Recording(origin or provenance(), interactions)))
    return path


def request(body: bytes = b"{}", uri: str = CHAT, headers: dict[str, str] | None = None) -> Request:
    """A JSON request, as it is stored."""
    return Request("POST", uri, {**JSON, **(headers or {})}, body)


def response(body: bytes = b"{}", headers: dict[str, str] | None = None) -> Response:
    """A response, as it is stored."""
    return Response(200, "OK", headers or JSON, body)
