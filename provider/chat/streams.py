"""The chunks of a streamed chat completion, read from the bytes of a response or from a library."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, Self

from provider.chat.decoding import raise_in_band_error
from provider.errors import LLMProviderError, malformed
from provider.failures.classify import classify
from provider.http.ndjson import MEDIA_TYPE as NDJSON
from provider.http.ndjson import NDJSONDecoder
from provider.http.progress import Progress, progress_of
from provider.http.sse import NOT_EVENT_STREAMS, Beginning, Event, EventDecoder, is_cut, media_type

if TYPE_CHECKING:
    import httpx


Unpack = Callable[[Any], Any]
"""What takes the pieces of a body, of either face, and returns those of its events."""


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


class AsyncChunks(Protocol):
    """The same, for ``async for``."""

    @property
    def terminated(self) -> bool:
        """Whether the stream was complete by its own terminator."""
        ...

    def __aiter__(self) -> AsyncIterator[Any]: ...

    def aclose(self) -> Awaitable[None]:
        """Free the connection."""
        ...


class EventReader:
    """Reads chunks from the pieces of a body: server-sent events, ended by ``[DONE]``, or lines of JSON.

    It is free of I/O. ``feed`` and ``end`` raise the contract's error where the body is not a stream, or
    contains an error or something unreadable.

    Args:
        content_type: that of the answer.
        progress: what limits the wait for each event; None for no limit.
        lines: whether a body of the type of JSON lines is a stream.

    Attributes:
        terminated: whether the terminator was read. Do not read on then: some servers keep the socket open.
    """

    def __init__(self, content_type: str, progress: Progress | None = None, *, lines: bool = False) -> None:
        self.terminated = False
        self._content_type = media_type(content_type)
        self._progress = progress
        is_lines = lines and self._content_type == NDJSON
        self._decoder = NDJSONDecoder() if is_lines else EventDecoder()
        self._beginning: Beginning | None = None if is_lines else Beginning(self._content_type)
        self._other: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[Any]:
        """Take the next piece of the body and yield the chunks that it completes."""
        if self._other:
            self._other.append(piece)
        elif self._beginning is None:
            yield from self._chunks(self._decoder.feed(piece))
        else:
            is_stream = self._beginning.feed(piece)
            if is_stream is False:
                self._other = [self._beginning.begun]
            elif is_stream:
                yield from self._chunks(self._decoder.feed(self._begun()))

    def end(self) -> Iterator[Any]:
        """Yield the last chunk, after the end of the body."""
        if self._other:
            raise self._not_a_stream(b"".join(self._other))
        if self._beginning is not None:
            if self._content_type in NOT_EVENT_STREAMS:
                raise self._not_a_stream(self._beginning.begun)
            yield from self._chunks(self._decoder.feed(self._begun()))
        # A cut event is dropped, not unreadable: the others show whether the answer was complete.
        yield from self._chunks(event for event in self._decoder.flush() if not is_cut(event))

    def _begun(self) -> bytes:
        """The first bytes, once they show that the body is a stream."""
        beginning, self._beginning = self._beginning, None
        return beginning.begun if beginning is not None else b""

    def _chunks(self, events: Iterable[Event]) -> Iterator[Any]:
        for event in events:
            if event.data.strip() == "[DONE]":
                self.terminated = True
                return
            if not event.is_keep_alive:
                if self._progress is not None:
                    self._progress.event()
                yield _chunk(event)

    def _not_a_stream(self, body: bytes) -> LLMProviderError:
        text = body.decode("utf-8", "replace")
        try:
            raise_in_band_error(json.loads(text))
        except LLMProviderError as error:
            return error
        except (ValueError, RecursionError):
            pass
        return malformed(f"the answer is not an event stream but {self._content_type or 'of no type'}", text)


class EventChunks:
    """Chunks that come as server-sent events, or as lines of JSON.

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
        self.close = close
        self._reader = EventReader(content_type, progress, lines=lines)
        self._pieces = pieces

    @classmethod
    def of(cls, response: httpx.Response, *, lines: bool = False, unpack: Unpack | None = None) -> Self:
        """The chunks of an open answer; ``unpack`` takes the events out of a body of another form."""
        pieces, progress = response.iter_bytes(), progress_of(response)
        return cls(*_events_of(response, pieces, unpack), response.close, progress=progress, lines=lines)

    @property
    def terminated(self) -> bool:
        """Whether the terminator was read."""
        return self._reader.terminated

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is not a stream, or contains an error or something unreadable.
            TimeoutError: an event took too long.
        """
        for piece in self._pieces:
            yield from self._reader.feed(piece)
            if self.terminated:
                return
        yield from self._reader.end()


class AsyncEventChunks(AsyncIterator[Any]):
    """The same as :class:`EventChunks`, of a body that is awaited; closed by ``aclose``.

    No asynchronous generator: where one is left early, the loop closes it later, in a task of its own.
    """

    def __init__(
        self,
        content_type: str,
        pieces: AsyncIterator[bytes],
        aclose: Callable[[], Awaitable[None]],
        *,
        progress: Progress | None = None,
        lines: bool = False,
    ) -> None:
        self.aclose = aclose
        self._reader = EventReader(content_type, progress, lines=lines)
        self._pieces = pieces
        self._ready: Iterator[Any] = iter(())
        self._is_last = False

    @classmethod
    def of(cls, response: httpx.Response, *, lines: bool = False, unpack: Unpack | None = None) -> Self:
        """The chunks of an open answer, as for ``EventChunks``."""
        pieces, progress = awaited_pieces(response), progress_of(response)
        return cls(*_events_of(response, pieces, unpack), response.aclose, progress=progress, lines=lines)

    @property
    def terminated(self) -> bool:
        """Whether the terminator was read."""
        return self._reader.terminated

    async def __anext__(self) -> Any:
        while True:
            for chunk in self._ready:
                return chunk
            if self._is_last or self.terminated:
                raise StopAsyncIteration
            piece = await anext(self._pieces, None)
            self._is_last = piece is None
            self._ready = self._reader.end() if piece is None else self._reader.feed(piece)


Events = EventChunks | AsyncEventChunks
"""The chunks of a stream, in the face of the caller."""


def _events_of(response: httpx.Response, pieces: Any, unpack: Unpack | None) -> tuple[str, Any]:
    """The content type and the pieces of a body of events."""
    if unpack is not None:
        return "text/event-stream", unpack(pieces)
    return response.headers.get("content-type", ""), pieces


def awaited_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The pieces of the body of an open answer."""
    # The body of ``provider.http.async_transport`` itself: httpx would wrap it in generators.
    pieces: AsyncIterator[bytes] = response.extensions.get("body") or response.aiter_bytes()
    return pieces


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
