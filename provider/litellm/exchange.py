"""Captures the HTTP exchange of a call, beside what litellm makes of it.

litellm invents a finish reason and a usage for a stream that was cut, and
loses the words of errors inside a 200. So it is given a client of ours, whose
transport fills a ``CapturedExchange``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from provider.failures.extraction import is_error
from provider.http.aws_eventstream import MEDIA_TYPE, FrameDecoder
from provider.http.ndjson import MEDIA_TYPE as NDJSON
from provider.http.ndjson import NDJSONDecoder
from provider.http.sse import NOT_EVENT_STREAMS, Event, EventDecoder, is_cut, is_event_stream, media_type
from provider.json_values import mapping
from provider.litellm.wires import ending_of
from provider.litellm.wires.ending import Ending

_EVENTS = frozenset({"text/event-stream", "application/octet-stream", ""})
"""The content types of event streams; a missing type is taken for one."""

CHAT_COMPLETIONS = "/chat/completions"
"""The end of the path at which an answer is a chat completion."""

OBJECT_TOOL = b'"json_tool_call"'
"""The tool by which litellm asks for an object where a model has no response format."""


class CapturedExchange:
    """One exchange as the transport saw it; of several tries, the last.

    Args:
        client: what litellm sends with, a ``RouteClient`` or the Azure SDK's client.
        stream: whether the caller wants a stream of events.
        frames: whether it may be a binary one that shows when the answer is complete.
        timeout: seconds that each wait of this exchange may take; None leaves it to the client.

    Attributes:
        sent: whether a request was sent through our client at all.
        is_chat_completion: whether the answer to the request is a chat completion, or its chunks where the
            caller wants a stream, so that its bytes can be decoded without litellm.
        status: the HTTP status, None where no answer came.
        headers: the response headers.
        pieces: returns the body as it arrives, for a reader in place of litellm.
        close: frees the connection of the answer.
        exception: what the transport raised, while connecting or reading.
        error: the in-band error of a 200, as parsed JSON.
        ending: what a stream has reported of the end of the answer.
        ended: whether the body came to its end.
        is_stream: whether the body is a stream of events, of lines or of frames.
        is_document: whether it is one document in place of a stream.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        stream: bool = False,
        frames: bool = False,
        timeout: float | None = None,
    ) -> None:
        self.client = client
        self.timeout = timeout
        self.sent = False
        self.is_chat_completion = False
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.pieces: Callable[[], Iterator[bytes]] = lambda: iter(())
        self.close: Callable[[], None] = lambda: None
        self.exception: BaseException | None = None
        self.error: Any = None
        self.ending = Ending()
        self.ended = False
        self.is_stream = False
        self.is_document = False
        self._wants_stream = stream
        self._may_be_frames = frames
        self._body = bytearray()
        self._type = ""
        self._undecided: bytes | None = None
        self._decoder: EventDecoder | NDJSONDecoder | FrameDecoder | None = None

    def request(self, path: str, body: bytes) -> None:
        """Take the path and the body of a request that is about to be sent."""
        self.sent = True
        self.is_chat_completion = (
            path.endswith(CHAT_COMPLETIONS)
            and OBJECT_TOOL not in body  # only litellm can turn its call back into the text of the answer
            and (not self._wants_stream or _asks_for_stream(body))
        )

    def response(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the status and the headers of an answer."""
        self.status, self.headers, self.exception, self.ended = status, headers, None, False
        self._type = media_type(headers.get("content-type", ""))
        begins_stream = self._wants_stream and status < 300
        self.is_document = self._type in NOT_EVENT_STREAMS
        self.is_stream = begins_stream and self._may_be_frames and self._type == MEDIA_TYPE
        self._decoder = FrameDecoder() if self.is_stream else None
        self._undecided = b"" if begins_stream and self._type in _EVENTS | NOT_EVENT_STREAMS else None
        self._body.clear()

    def feed(self, piece: bytes) -> bytes:
        """Take some bytes of the body; returns what litellm is to read.

        Of a stream that is whole events only: litellm takes one without data for broken, and splits at
        other characters than line feeds.
        """
        if self._undecided is not None:
            self._undecided += piece
            is_events = is_event_stream(self._undecided, self._type)
            return b"" if is_events is None else self._decided(is_events)
        if isinstance(self._decoder, FrameDecoder):
            return self._whole_frames(self._decoder, piece)
        if self._decoder is not None:
            return self._read(self._decoder.feed(piece))
        self._body += piece
        return piece

    def end(self) -> bytes:
        """Take the end of the body; returns what litellm has still to read."""
        self.ended = True
        rest = self._decided(self._type in _EVENTS) if self._undecided is not None else b""
        if self._decoder is None or isinstance(self._decoder, FrameDecoder):
            return rest
        return rest + self._read(event for event in self._decoder.flush() if not is_cut(event))

    @property
    def is_answered(self) -> bool:
        """Whether a complete answer came whose status is no failure."""
        return self.status is not None and self.status < 300 and self.exception is None

    @property
    def body(self) -> bytes:
        """The body, where it is not a stream."""
        return bytes(self._body)

    @property
    def document(self) -> Any:
        """The body as JSON, None where it is something else."""
        return _json_or(None, self.body)

    def _decided(self, is_events: bool) -> bytes:
        """Now that the form of the body is known, take what has come of it."""
        if is_events:
            self._decoder = EventDecoder()
        elif self._type == NDJSON:
            self._decoder = NDJSONDecoder()
        self.is_stream = self._decoder is not None
        self.is_document = not self.is_stream
        begun, self._undecided = self._undecided or b"", None
        return self.feed(begun)

    def _whole_frames(self, decoder: FrameDecoder, piece: bytes) -> bytes:
        """Read a piece of a binary stream; returns its complete frames, and all of a damaged stream."""
        received = decoder.incomplete + piece
        self._read(decoder.feed(piece))
        return received[: len(received) - len(decoder.incomplete)]

    def _read(self, events: Iterator[Event]) -> bytes:
        return b"".join(self._read_one(event) for event in events if not event.is_keep_alive)

    def _read_one(self, event: Event) -> bytes:
        """Note what one event reports; returns it in the form that every reader accepts."""
        if event.data.strip() == "[DONE]":
            self.ending = self.ending.then(Ending(is_last=True))
            return event.encode()
        data = _json_or(event.data, event.data)  # an error in words, or something unreadable
        if event.name == "response.failed":
            data = mapping(data).get("response")
        if event.name == "error" or is_error(data):
            self.error = data
        self.ending = self.ending.then(ending_of(data))
        return event.encode()


def _asks_for_stream(body: bytes) -> bool:
    """Whether a request asks for a stream: for some models litellm makes one of a whole answer itself."""
    return mapping(_json_or(None, body)).get("stream") is True


def _json_or(default: Any, text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return default


_CURRENT = threading.local()


def current_exchange() -> CapturedExchange | None:
    """The exchange of the call that runs in this thread, None where there is none.

    Not a context variable: litellm copies the context to the threads in which it logs.
    """
    exchange: CapturedExchange | None = getattr(_CURRENT, "exchange", None)
    return exchange


@contextmanager
def capturing(exchange: CapturedExchange) -> Iterator[None]:
    """Record the exchanges of the calls inside in ``exchange``."""
    before = current_exchange()
    _CURRENT.exchange = exchange
    try:
        yield
    finally:
        _CURRENT.exchange = before
