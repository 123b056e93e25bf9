"""Reads the body of an answer while it passes on to litellm, and decides what litellm is given of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provider.failures.extraction import is_error
from provider.http.aws_eventstream import MEDIA_TYPE as FRAMES
from provider.http.aws_eventstream import FrameDecoder
from provider.http.ndjson import MEDIA_TYPE as NDJSON
from provider.http.ndjson import NDJSONDecoder
from provider.http.sse import NOT_EVENT_STREAMS, STREAMS, Beginning, Event, EventDecoder, is_cut
from provider.json_values import json_or
from provider.litellm.wires import calls_of_provider, ending_of
from provider.litellm.wires.ending import Ending
from provider.litellm.wires.unheard import unheard

_EVENTS = frozenset({"text/event-stream", "application/octet-stream", ""})
"""The media types of event streams; a missing one is taken for one."""


class BodyReader:
    """The body of one answer, in whatever pieces it comes.

    Args:
        media_type: the media type of the answer.
        stream: whether it may be a stream of events or lines.
        frames: whether it may be a binary stream.

    Attributes:
        is_stream: whether it is a stream of events, of lines or of frames.
        is_document: whether it is one document, though it may be a stream.
        ending: what a stream has reported of the end of the answer.
        error: the error in a stream, as parsed JSON.
        calls_of_provider: the ids of the calls in a stream that the provider runs itself.
        unheard: the first thing in a stream that litellm leaves out; None where there is none.
        events: how many events of a stream have come that carry something; pieces of one in another form.
    """

    def __init__(self, media_type: str = "", *, stream: bool = False, frames: bool = False) -> None:
        self.is_stream = stream and frames and media_type == FRAMES
        self.is_document = media_type in NOT_EVENT_STREAMS
        self.ending = Ending()
        self.error: Any = None
        self.calls_of_provider: set[str] = set()
        self.unheard: Any = None
        self.events = 0
        self._media_type = media_type
        self._decoder: EventDecoder | NDJSONDecoder | FrameDecoder | None = None
        if self.is_stream:
            self._decoder = FrameDecoder()
        is_known = media_type in _EVENTS | NOT_EVENT_STREAMS
        self._undecided = Beginning(media_type) if stream and is_known else None
        self._is_other_stream = stream and not is_known and media_type in STREAMS
        self._document = bytearray()

    @property
    def document(self) -> bytes:
        """The body, where it is not a stream."""
        return bytes(self._document)

    def feed(self, piece: bytes) -> bytes:
        """Take some bytes of the body; returns what litellm is to read.

        Of a stream that is complete events only: litellm treats one without data as broken, and splits at
        other characters than line feeds.
        """
        if self._undecided is not None:
            is_events = self._undecided.feed(piece)
            return b"" if is_events is None else self._decided(self._undecided, is_events)
        if isinstance(self._decoder, FrameDecoder):
            return self._complete_frames(self._decoder, piece)
        if self._decoder is not None:
            return self._read(self._decoder.feed(piece))
        self._document += piece
        self.events += self._is_other_stream
        return piece

    def end(self) -> bytes:
        """Take the end of the body; returns what litellm has still to read."""
        rest = b""
        if self._undecided is not None:
            rest = self._decided(self._undecided, self._media_type in _EVENTS)
        if self._decoder is None or isinstance(self._decoder, FrameDecoder):
            return rest
        return rest + self._read(event for event in self._decoder.flush() if not is_cut(event))

    def _decided(self, beginning: Beginning, is_events: bool) -> bytes:
        """Now that the form of the body is known, take what has come of it."""
        if is_events:
            self._decoder = EventDecoder()
        elif self._media_type == NDJSON:
            self._decoder = NDJSONDecoder()
        self.is_stream = self._decoder is not None
        self.is_document = not self.is_stream
        self._undecided = None
        return self.feed(beginning.begun)

    def _complete_frames(self, decoder: FrameDecoder, piece: bytes) -> bytes:
        """Read a piece of a binary stream; returns its complete frames, and all of a damaged stream."""
        complete = bytearray()
        for message in decoder.messages(piece):
            self._read([message.event])
            complete += message.data
        return bytes(complete + decoder.rest() if decoder.is_damaged else complete)

    def _read(self, events: Iterable[Event]) -> bytes:
        """Note what events report; returns them in the form that every reader accepts."""
        read = [event for event in events if not event.is_keep_alive]
        self.events += len(read)
        for event in read:
            self._note(event)
        return b"".join(event.encode() for event in read)

    def _note(self, event: Event) -> None:
        if event.data.strip() == "[DONE]":
            self.ending = self.ending.then(Ending(is_last=True))
            return
        data = json_or(event.data, event.data)  # an error in words, or something unreadable
        if event.name == "error" or is_error(data):
            self.error = data
        self.ending = self.ending.then(ending_of(data))
        self.calls_of_provider |= calls_of_provider(data)
        self.unheard = self.unheard or unheard(data)
