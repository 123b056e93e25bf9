"""Records what came over the wire, beside what an SDK makes of it.

litellm invents a finish reason and a usage for a stream that was cut, and
loses the words of errors inside a 200. It is given a client of ours, whose
transport fills an ``Observation``. Of a stream it is given clean events only:
it treats an event without data as broken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from provider.chat.usage import usage_of
from provider.failures.extraction import is_error
from provider.http.aws_eventstream import MEDIA_TYPE, FrameDecoder
from provider.http.ndjson import MEDIA_TYPE as LINES
from provider.http.ndjson import NDJSONDecoder
from provider.http.sse import NOT_EVENT_STREAMS, Event, EventDecoder, is_cut, is_event_stream, media_type
from provider.json_values import mapping
from provider.litellm.gemini import Ending, ending_of

_EVENTS = frozenset({"text/event-stream", "application/octet-stream", ""})
"""The content types of event streams; a missing type is taken for one."""


class Observation:
    """One exchange as the transport saw it.

    Args:
        stream: whether a stream of events is requested.
        frames: whether it may be a binary one that shows when the answer is complete.
        timeout: seconds that each wait of this exchange may take; None leaves it to the client.

    Attributes:
        sent: whether a request was sent through the observed client at all.
        status: the HTTP status, None where no answer came.
        headers: the response headers.
        exception: what the transport raised, while connecting or reading.
        error: the in-band error of a 200, as parsed JSON.
        complete: whether a terminator or a finish reason was read.
        stop_reason: Anthropic's or Bedrock's stop reason; empty where there was none.
        finished: whether a finish reason was read.
        ended: whether the body came to its end.
        ending: the early ending of a stream of Gemini's.
        counted: the names, in chat completions, of the token counts that the provider itself sent.
        is_stream: whether the body is a stream of events.
        is_text: whether it is one of server-sent events or of lines, and not a binary one.
        is_whole: whether the body is one document, and so no stream of any kind.
        pieces: returns the body as it arrives, for a reader in place of the SDK.
        close: frees the connection of the answer.
    """

    def __init__(self, *, stream: bool = False, frames: bool = False, timeout: float | None = None) -> None:
        self.timeout = timeout
        self.sent = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.exception: BaseException | None = None
        self.error: Any = None
        self.complete = False
        self.stop_reason = ""
        self.finished = False
        self.ended = False
        self.ending: Ending | None = None
        self.counted: set[str] = set()
        self.is_stream = False
        self.is_text = False
        self.is_whole = False
        self._asked_for_stream = stream
        self._may_be_binary = frames
        self.pieces: Callable[[], Iterator[bytes]] = lambda: iter(())
        self.close: Callable[[], None] = lambda: None
        self._body = bytearray()
        self._kind = ""
        self._undecided: bytes | None = None
        self._decoder: EventDecoder | NDJSONDecoder = EventDecoder()
        self._frames = FrameDecoder()

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the status and the headers of an answer; forgets the one of an earlier try."""
        self.status, self.headers, self.exception, self.ended = status, headers, None, False
        self._kind = kind = media_type(headers.get("content-type", ""))
        begun = self._asked_for_stream and status < 300
        self._undecided = b"" if begun and kind in _EVENTS | NOT_EVENT_STREAMS else None
        self.is_text = False
        self.is_stream = begun and self._may_be_binary and kind == MEDIA_TYPE
        self.is_whole = kind in NOT_EVENT_STREAMS
        self._body.clear()
        self._decoder, self._frames = EventDecoder(), FrameDecoder()

    def feed(self, piece: bytes) -> bytes:
        """Take some bytes of the body; returns what the SDK is to read."""
        if self._undecided is not None:
            self._undecided += piece
            is_text = is_event_stream(self._undecided, self._kind)
            return b"" if is_text is None else self._decided(is_text)
        if self.is_text:
            return self._seen(self._decoder.feed(piece))
        if self.is_stream:
            return self._whole_frames(piece)
        self._body += piece
        return piece

    def _whole_frames(self, piece: bytes) -> bytes:
        """Look at a piece of a binary stream; gives back what is whole, and all of what is damaged."""
        begun = self._frames.incomplete + piece
        self._seen(self._frames.feed(piece))
        return begun[: len(begun) - len(self._frames.incomplete)]

    def _decided(self, is_text: bool) -> bytes:
        """What began is a stream of events or of lines, or one document; gives back what is to be read."""
        if not is_text and self._kind == LINES:
            self._decoder, is_text = NDJSONDecoder(), True
        self.is_text = self.is_stream = is_text
        self.is_whole = not is_text
        begun, self._undecided = self._undecided or b"", None
        return self.feed(begun)

    def end(self) -> bytes:
        """Take the end of the body; returns what the SDK has still to read."""
        self.ended = True
        begun = self._decided(self._kind in _EVENTS) if self._undecided is not None else b""
        return begun + self._seen(event for event in self._decoder.flush() if not is_cut(event))

    @property
    def is_answered(self) -> bool:
        """Whether a complete answer came whose status is no failure."""
        return self.status is not None and self.status < 300 and self.exception is None

    @property
    def body(self) -> bytes:
        """The body, where it is not a stream."""
        return bytes(self._body)

    def _seen(self, events: Iterator[Event]) -> bytes:
        said = [self._see(event) for event in events if not event.is_keep_alive]
        return b"".join(event.encode() for event in said)

    def _see(self, event: Event) -> Event:
        """Record one event, and return it as the SDK is to read it."""
        if event.data.strip() == "[DONE]":
            self.complete = True
            return event
        try:
            data = json.loads(event.data)
        except (ValueError, RecursionError):
            data = event.data  # an error in words, or something unreadable
        if event.name == "error" or is_error(data):
            self.error = data
        if not isinstance(data, Mapping):
            return event
        reason = data.get("stopReason") or mapping(data.get("delta")).get("stop_reason")
        self.stop_reason = str(reason or self.stop_reason)
        self.ending = ending_of(data) or self.ending
        self.finished = self.finished or self.ending is not None or _gives_a_reason(data)
        self.complete = self.complete or self.finished or _is_last(data)
        self.counted |= _counted(data)
        return _as_litellm_reads_it(event, data)


def _is_last(data: Mapping[str, Any]) -> bool:
    """Whether an event ends the answer without a reason, as at Anthropic, Ollama and Bedrock."""
    return data.get("type") == "message_stop" or data.get("done") is True or not _LAST.isdisjoint(data)


def _gives_a_reason(data: Mapping[str, Any]) -> bool:
    """Whether an event has a finish reason, in the form of any provider."""
    if data.get("stopReason") or data.get("done_reason"):
        return True
    delta = data.get("delta")
    if isinstance(delta, Mapping) and (delta.get("stop_reason") or delta.get("finish_reason")):
        return True
    choices = [*_maps(data.get("choices")), *_maps(data.get("candidates"))]
    return any(choice.get("finish_reason") or choice.get("finishReason") for choice in choices)


_LAST = frozenset({"amazon-bedrock-invocationMetrics", "amazon-bedrock-trace"})
"""The fields that Bedrock adds to the last event of a model with an API of its own."""

_COUNTS = {
    "prompt_tokens": (
        "prompt_tokens",
        "input_tokens",
        "promptTokenCount",
        "inputTokens",
        "prompt_eval_count",
    ),
    "completion_tokens": (
        "completion_tokens",
        "output_tokens",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "outputTokens",
        "eval_count",
    ),
}
"""The names of a token count in chat completions, at Anthropic, at Gemini, at Bedrock, and at Ollama.

Gemini omits the candidates' count where all tokens were spent on thoughts."""


def _counted(data: Mapping[str, Any]) -> set[str]:
    """The token counts in an event: in a ``usage``, at the top or in a message or a delta."""
    holders = [data, *(data[field] for field in ("message", "delta", "x_groq") if field in data)]
    usages = [
        holder[field] for holder in _maps(holders) for field in ("usage", "usageMetadata") if field in holder
    ]
    usages += [data] if "done" in data else []  # Ollama counts in the last line itself
    told = [pair for usage in _maps(usages) for pair in usage.items()]
    names = {name for name, count in told if isinstance(count, int) and count}
    return {ours for ours, theirs in _COUNTS.items() if not names.isdisjoint(theirs)}


def _as_litellm_reads_it(event: Event, data: Mapping[str, Any]) -> Event:
    """The event, with what litellm passes over put where it looks for it.

    That is a usage that stands in ``x_groq`` alone, and an end of Ollama's that has a reason but no ``done``.
    """
    missing: dict[str, Any] = {}
    usage = usage_of(data)
    if usage != data.get("usage"):
        missing["usage"] = usage
    if data.get("done_reason") and not data.get("done"):
        missing["done"] = True
    return event._replace(data=json.dumps({**data, **missing})) if missing else event


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


_CURRENT: ContextVar[Observation | None] = ContextVar("observation", default=None)


def current_observation() -> Observation | None:
    """The observation of the call that runs in this thread, None where there is none."""
    return _CURRENT.get()


@contextmanager
def observing(observation: Observation) -> Iterator[None]:
    """Record the exchanges of the calls inside in ``observation``."""
    token = _CURRENT.set(observation)
    try:
        yield
    finally:
        _CURRENT.reset(token)
