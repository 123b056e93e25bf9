"""The chunks of a streamed chat completion, read from the bytes of a response or from a library."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from provider.chat.decoding import raise_in_band_error
from provider.errors import malformed
from provider.failures.classify import classify
from provider.http.ndjson import MEDIA_TYPE as NDJSON
from provider.http.ndjson import NDJSONDecoder
from provider.http.progress import Progress
from provider.http.sse import NOT_EVENT_STREAMS, Beginning, Event, EventDecoder, is_cut, media_type


class Chunks(Protocol):
    """An open stream of chunks; iterating it may raise whatever the transport raises."""

    @property
    def terminated(self) -> bool:
        """Whether the stream was complete by its own terminator."""
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """Free the connection."""
        ...


class EventChunks:
    """Chunks that come as server-sent events, ended by ``[DONE]``, or as lines of JSON.

    Args:
        content_type: that of the answer.
        pieces: the body.
        close: frees the connection.
        progress: what limits the wait for each event; None for no limit.
        lines: whether a body of the type of JSON lines is a stream.
    """

    def __init__(
        self,
        content_type: str,
        pieces: Iterator[bytes],
        close: Callable[[], None],
        *,
        progress: Progress | None = None,
        lines: bool = False,
    ) -> None:
        self.terminated = False
        self.close = close
        self._content_type = media_type(content_type)
        self._is_lines = lines and self._content_type == NDJSON
        self._progress = progress
        self._pieces = pieces

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is not a stream, or contains an error or something unreadable.
            TimeoutError: an event took too long.
        """
        for event in self._events(self._first_bytes()):
            if event.data.strip() == "[DONE]":
                # Do not read on: some servers keep the socket open.
                self.terminated = True
                return
            if not event.is_keep_alive:
                if self._progress is not None:
                    self._progress.event()
                yield _chunk(event)

    def _first_bytes(self) -> bytes:
        """As many first bytes as show that the body is an event stream."""
        if self._is_lines:
            return b""
        beginning = Beginning(self._content_type)
        for piece in self._pieces:
            is_stream = beginning.feed(piece)
            if is_stream:
                return beginning.begun
            if is_stream is False:
                self._raise_for_body(beginning.begun + b"".join(self._pieces))
        if self._content_type in NOT_EVENT_STREAMS:
            self._raise_for_body(beginning.begun)
        return beginning.begun

    def _events(self, begun: bytes) -> Iterator[Event]:
        decoder = NDJSONDecoder() if self._is_lines else EventDecoder()
        yield from decoder.feed(begun)
        for piece in self._pieces:
            yield from decoder.feed(piece)
        # A cut event is dropped, not unreadable: the others show whether the answer was complete.
        yield from (event for event in decoder.flush() if not is_cut(event))

    def _raise_for_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, RecursionError):
            raise_in_band_error(json.loads(text))
        raise malformed(f"the answer is not an event stream but {self._content_type or 'of no type'}", text)


def _chunk(event: Event) -> Any:
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError):
        if event.name == "error":
            raise classify(None, event.data) from None
        raise malformed("an event of the stream is not JSON", event.data) from None
    if event.name == "error":
        raise classify(None, data)
    return data
