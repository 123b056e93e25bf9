"""What really came over the wire, beside what an SDK makes of it.

litellm invents a finish reason and a usage for a stream that was cut, and
loses the words of errors inside a 200. Its own client is handed to it, and
this is what that client saw. Of a stream it is handed clean events only:
it takes an event without data for a broken one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from provider.evidence import is_error
from provider.sse import NO_EVENTS, Event, EventDecoder, media_type

_EVENTS = frozenset({"text/event-stream", "application/octet-stream", ""})
"""Types that event streams come with; a server that forgets the type means no other."""

_KEPT = 1 << 20
"""Bytes of a body that is not a stream which are kept to explain a failure."""


class Observation:
    """One exchange as the transport saw it.

    Args:
        stream: whether a stream of events is asked for.

    Attributes:
        sent: whether a request was sent through the observed client at all.
        status: the HTTP status, None where no answer came.
        headers: the response headers.
        exception: what the transport raised, while connecting or reading.
        error: the in-band error of a 200, as parsed JSON.
        complete: whether a terminator or a finish reason was read.
        counted: the token counts that the provider itself sent, by the names of chat completions.
        is_stream: whether the body is a stream of server-sent events.
        is_whole: whether the body is one document, and so no stream of any kind.
        close: frees the connection of the answer.
    """

    def __init__(self, *, stream: bool = False) -> None:
        self.sent = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.exception: BaseException | None = None
        self.error: Any = None
        self.complete = False
        self.counted: set[str] = set()
        self.is_stream = False
        self.is_whole = False
        self._asked_for_stream = stream
        self.close: Callable[[], None] = lambda: None
        self._body = bytearray()
        self._decoder = EventDecoder()

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """The status line and the headers have come; an earlier try is forgotten."""
        self.status, self.headers, self.exception = status, headers, None
        kind = media_type(headers.get("content-type", ""))
        self.is_stream = self._asked_for_stream and status < 400 and kind in _EVENTS
        self.is_whole = kind in NO_EVENTS
        self._body.clear()
        self._decoder = EventDecoder()

    def feed(self, piece: bytes) -> bytes:
        """Some bytes of the body have come; gives back what the SDK is to read."""
        if self.is_stream:
            return self._seen(self._decoder.feed(piece))
        if len(self._body) < _KEPT:
            self._body += piece
        return piece

    def end(self) -> bytes:
        """The body has ended; gives back what the SDK has still to read."""
        return self._seen(self._decoder.flush())

    @property
    def body(self) -> bytes:
        """The body, where it is not a stream."""
        return bytes(self._body)

    def _seen(self, events: Iterator[Event]) -> bytes:
        said = [event for event in events if event.data.strip()]
        for event in said:
            self._see(event)
        return b"".join(event.encode() for event in said)

    def _see(self, event: Event) -> None:
        if event.data.strip() == "[DONE]":
            self.complete = True
            return
        try:
            data = json.loads(event.data)
        except ValueError:
            data = event.data  # words, where they are an error's; else nothing that can be read
        if event.name == "error" or is_error(data):
            self.error = data
        if not isinstance(data, Mapping):
            return
        self.complete = self.complete or _is_last(data)
        self.counted |= _counted(data)


def _is_last(data: Mapping[str, Any]) -> bool:
    """Whether an event says that the answer is whole: OpenAI's, Anthropic's, Gemini's and Cohere's way."""
    if data.get("type") in ("message_stop", "message-end"):
        return True
    delta = data.get("delta")
    if isinstance(delta, Mapping) and (delta.get("stop_reason") or delta.get("finish_reason")):
        return True
    choices = [*_maps(data.get("choices")), *_maps(data.get("candidates"))]
    return any(choice.get("finish_reason") or choice.get("finishReason") for choice in choices)


_COUNTS = {
    "prompt_tokens": ("prompt_tokens", "input_tokens", "promptTokenCount"),
    "completion_tokens": ("completion_tokens", "output_tokens", "candidatesTokenCount"),
}
"""The names of a token count in chat completions, at Anthropic and Cohere, and at Gemini."""


def _counted(data: Mapping[str, Any]) -> set[str]:
    """Which token counts an event holds: in a ``usage``, at the top or in a message or a delta."""
    holders = [data, *(data[field] for field in ("message", "delta", "x_groq") if field in data)]
    usages = [
        holder[field] for holder in _maps(holders) for field in ("usage", "usageMetadata") if field in holder
    ]
    told = [pair for usage in _maps(usages) for pair in _flat(usage)]
    names = {name for name, count in told if isinstance(count, int) and count}
    return {ours for ours, theirs in _COUNTS.items() if not names.isdisjoint(theirs)}


def _flat(usage: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a usage and of the objects in it: Cohere counts in ``tokens``."""
    for name, value in usage.items():
        yield name, value
        if isinstance(value, Mapping):
            yield from value.items()


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


_CURRENT: ContextVar[Observation | None] = ContextVar("observation", default=None)


def current_observation() -> Observation | None:
    """The observation of the call that runs in this thread, if it is observed."""
    return _CURRENT.get()


@contextmanager
def observing(observation: Observation) -> Iterator[None]:
    """Show the exchanges of the calls made inside to ``observation``."""
    token = _CURRENT.set(observation)
    try:
        yield
    finally:
        _CURRENT.reset(token)
