"""An application's client that knows no streams: requests go in, and deltas are pushed to a callback.

It knows nothing of the suite.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx


@dataclass(frozen=True)
class Config:
    """The model, the address and the key of its server, and the seconds that each wait may last."""

    model: str
    server: str
    secret: str
    patience: float


@dataclass(frozen=True, eq=False)
class Request:
    """One question, with everything that its answer depends on."""

    messages: Any
    options: dict[str, Any] = field(default_factory=dict)
    cancelled: Event = field(default_factory=Event)


@dataclass
class Reply:
    """The whole answer."""

    text: str = ""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    reason: str | None = None
    usage: dict[str, int] = field(default_factory=dict)


class ChatError(Exception):
    """There is no answer."""


class Client:
    """Asks one server, from any number of threads."""

    def start(self, config: Config) -> None:
        self._config = config
        headers = {"authorization": f"Bearer {config.secret}"}
        self._http = httpx.Client(headers=headers, timeout=config.patience)
        self._answers: dict[Request, httpx.Response] = {}

    def stop(self) -> None:
        """Cancel every request, and close what is open."""
        for request in list(self._answers):
            self.cancel(request)
        self._http.close()

    def cancel(self, request: Request) -> None:
        """End ``chat`` with an error, from another thread, once the server has begun to answer."""
        request.cancelled.set()
        answer = self._answers.get(request)
        if answer is not None and (stream := answer.extensions.get("network_stream")) is not None:
            with suppress(OSError):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def chat(self, request: Request, on_delta: Callable[[str], None] | None = None) -> Reply:
        """Wait for the whole answer; its text is pushed as it comes where somebody wants it."""
        body = {"model": self._config.model, "messages": request.messages, **request.options}
        if on_delta is not None:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        reply = Reply()
        try:
            with self._http.stream("POST", f"{self._config.server}/chat/completions", json=body) as answer:
                self._answers[request] = answer
                for part in _parts(answer, streamed=on_delta is not None):
                    text = _add(reply, part)
                    if text and on_delta is not None:
                        on_delta(text)
        except httpx.HTTPError as error:
            raise ChatError(str(error) or type(error).__name__) from error
        finally:
            self._answers.pop(request, None)
        if reply.reason is None:
            raise ChatError("cancelled" if request.cancelled.is_set() else "the answer ended early")
        return reply


def _parts(answer: httpx.Response, *, streamed: bool) -> Iterator[Any]:
    """The JSON of the answer, or of each event of a stream."""
    if not answer.is_success:
        raise ChatError(f"{answer.status_code}: {answer.read().decode(errors='replace')}")
    for text in _events(answer) if streamed else (answer.read(),):
        try:
            part = json.loads(text)
            yield list(part["choices"]), part.get("usage") or {}
        except (ValueError, TypeError, KeyError) as error:
            raise ChatError(f"no answer: {text[:200]!r}") from error


def _events(answer: httpx.Response) -> Iterator[bytes]:
    rest = b""
    for piece in answer.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line[5:] for line in lines if line.startswith(b"data: {"))


def _add(reply: Reply, part: Any) -> str:
    """Add a part to the reply, and return its text."""
    choices, usage = part
    reply.usage |= usage
    for choice in choices[:1]:
        said = choice.get("message") or choice.get("delta") or {}
        reply.reason = choice.get("finish_reason") or reply.reason
        for position, fragment in enumerate(said.get("tool_calls") or []):
            call = reply.calls.setdefault(
                fragment.get("index", position), {"id": "", "name": "", "arguments": ""}
            )
            call["id"] = fragment.get("id") or call["id"]
            call["name"] += fragment["function"].get("name") or ""
            call["arguments"] += fragment["function"].get("arguments") or ""
        text = said.get("content") or ""
        reply.text += text
        return text
    return ""
