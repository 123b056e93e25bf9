"""What the tests of cassettes share: a server, and recordings of one exchange."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from conformance import recording
from conformance.recording import Interaction, Player, Provenance, Recorder, Recording, Request, Response
from conformance.recording.cassette import file
from conformance.servers.scripted import ScriptedServer, in_order
from conformance.servers.scripted.script import Send

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

    def encode(self) -> bytes:
        """The answer as it is sent."""
        head = [f"HTTP/1.1 {self.status} {self.reason}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        head += [f"content-length: {len(self.body)}", "", ""]
        return "\r\n".join(head).encode("ascii") + self.body


@contextmanager
def serving(replies: Iterable[Reply]) -> Iterator[str]:
    """A base URL on a random port of the loopback."""
    with ScriptedServer(in_order([[Send(reply.encode())] for reply in replies])) as server:
        yield server.url


def provenance(**changed: str) -> Provenance:
    """Where the cassettes of the tests come from."""
    fields = {
        "scenario": "tools/one_call",
        "backend": "openai",
        "target": "engine",
        "model": "tiny",
        "host": "http://engine.invalid",
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


def changed(value: Any, path: Sequence[Any], change: Callable[[Any], Any]) -> Any:
    """``value`` with the part at ``path`` changed."""
    if not path:
        return change(value)
    items = list(value) if isinstance(value, tuple) else copy.copy(value)
    items[path[0]] = changed(items[path[0]], path[1:], change)
    return items


def answered(body: bytes, content_type: str, status: int = 200, question: bytes = b"{}") -> Recording:
    request = Request("POST", "https://api.invalid/v1/chat", {"content-type": "application/json"}, question)
    return Recording(
        provenance(), (Interaction(request, Response(status, "", {"content-type": content_type}, body)),)
    )


def streamed(*events: dict[str, Any]) -> Recording:
    return answered(
        "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode(), "text/event-stream"
    )


def record(
    path: Path,
    reply: Reply,
    *,
    route: str = "/v1/chat",
    sent: Mapping[str, str] | None = None,
    body: bytes = b"{}",
    secrets: Mapping[str, str] | None = None,
    identifiers: Mapping[str, str] | None = None,
    **origin: str,
) -> Interaction:
    """One exchange over a socket; gives it as it is stored."""
    known = secrets or {"KEY": "the-key-of-the-session"}
    with (
        serving([reply]) as base,
        recording.record(path, Recorder(provenance(**origin), base, STORED, known, identifiers=identifiers)),
        httpx.Client(trust_env=False, timeout=10) as http,
    ):
        response = http.post(base + route, content=body, headers={**JSON, **(sent or {})})
        logging.getLogger("provider").warning("%s answered %s", response, response.text)
    [stored] = recording.read(path, RERECORD).interactions
    return stored


@contextmanager
def replaying(
    path: Path, *keys: str, sent: Mapping[str, str] | None = None
) -> Iterator[tuple[Player, httpx.Client]]:
    """A replay of the recording that knows these keys, and a client that sends these headers."""
    with (
        recording.replay(path, RERECORD, keys) as player,
        httpx.Client(trust_env=False, headers=sent) as http,
    ):
        yield player, http


def replayed(path: Path, route: str, sent: Mapping[str, str], secret: str, body: bytes = b"{}") -> object:
    """What the recording answers, as JSON."""
    with replaying(path, secret) as (_, http):
        return http.post(STORED + route, content=body, headers={**JSON, **sent}).json()
