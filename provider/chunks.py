"""The chunks of a streamed chat completion, read from the bytes of a response or from a library."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from provider.classify import classify
from provider.completions import malformed, raise_in_band_error
from provider.sse import NO_EVENTS, Event, EventDecoder, begins_events, is_cut, media_type


class Chunks(Protocol):
    """An open stream of chunks; iterating raises whatever the transport raises."""

    @property
    def terminated(self) -> bool:
        """Whether the stream was complete by its own terminator."""
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """Free the connection."""
        ...


class EventChunks:
    """Chunks that come as server-sent events, ended by ``[DONE]``."""

    def __init__(self, content_type: str, pieces: Iterator[bytes], close: Callable[[], None]) -> None:
        self.terminated = False
        self.close = close
        self._content_type = media_type(content_type)
        self._pieces = pieces

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is not a stream, or contains an error or something unreadable.
        """
        for event in self._events(self._first_bytes()):
            if event.data.strip() == "[DONE]":
                # Do not read on: some servers keep the socket open.
                self.terminated = True
                return
            if event.says_something:
                yield _chunk(event)

    def _first_bytes(self) -> bytes:
        """The first bytes of the stream, as many as it takes to see that it is one."""
        begun = b""
        for piece in self._pieces:
            begun += piece
            is_stream = begins_events(begun, self._content_type)
            if is_stream:
                return begun
            if is_stream is False:
                self._raise_for_body(begun + b"".join(self._pieces))
        if self._content_type in NO_EVENTS:
            self._raise_for_body(begun)
        return begun

    def _events(self, begun: bytes) -> Iterator[Event]:
        decoder = EventDecoder()
        yield from decoder.feed(begun)
        for piece in self._pieces:
            yield from decoder.feed(piece)
        # A cut event is dropped, not unreadable: the others tell whether the answer was complete.
        yield from (event for event in decoder.flush() if not is_cut(event))

    def _raise_for_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, RecursionError):
            raise_in_band_error(json.loads(text))
        raise malformed(f"a stream was asked for, {self._content_type or 'no type'} was answered", text)


class ParsedChunks:
    """Chunks that a library has parsed; it hides the terminator, so only a finish reason completes them.

    Args:
        chunks: the parsed JSON of each.
        close: frees the connection.
        content_type: of the answer, where the library shows it; a body that is no stream yields no chunk.
    """

    terminated: bool = False

    def __init__(self, chunks: Iterable[Any], close: Callable[[], None], content_type: str = "") -> None:
        self.close = close
        self._chunks = chunks
        self._content_type = media_type(content_type)

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: there are none, and the content type is not that of a stream.
        """
        empty = True
        for chunk in self._chunks:
            empty = False
            yield chunk
        if empty and self._content_type in NO_EVENTS:
            raise malformed("a stream was asked for, and the answer holds no chunk", self._content_type)


def text_and_rest(texts: Iterable[str], whole: Callable[[], Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The chunks of a library that yields text as it comes, and everything else at the end.

    Args:
        texts: the deltas.
        whole: returns the answer as a chat completion; called after the last delta.
    """
    for text in texts:
        yield {"choices": [{"delta": {"content": text}}]}
    answer = whole()
    choices = [{**choice, "delta": {**choice["message"], "content": None}} for choice in answer["choices"]]
    yield {**answer, "choices": choices}


def deltas_of_snapshots(texts: Iterable[str]) -> Iterator[str]:
    """The deltas of a library that yields the whole text so far each time."""
    length = 0
    for text in texts:
        if text[length:]:
            yield text[length:]
        length = len(text)


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
