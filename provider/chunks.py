"""The chunks of a streamed chat completion, out of the bytes of a response."""

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
        """Whether the stream said itself that it is complete."""
        ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """Free the connection."""
        ...


class EventChunks:
    """Chunks sent as server-sent events and ended by ``[DONE]``."""

    def __init__(self, content_type: str, pieces: Iterator[bytes], close: Callable[[], None]) -> None:
        self.terminated = False
        self.close = close
        self._content_type = media_type(content_type)
        self._pieces = pieces

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is no stream, or holds an error or something unreadable.
        """
        for event in self._events(self._begun()):
            if event.data.strip() == "[DONE]":
                # Not read further: some servers keep the socket open after it.
                self.terminated = True
                return
            if event.says_something:
                yield _chunk(event)

    def _begun(self) -> bytes:
        """The first bytes of the stream, as many as tell that it is one."""
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
        # Half an event is no unreadable one: whether the answer was complete, the others have said.
        yield from (event for event in decoder.flush() if not is_cut(event))

    def _raise_for_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        with contextlib.suppress(ValueError, RecursionError):
            raise_in_band_error(json.loads(text))
        raise malformed(f"a stream was asked for, {self._content_type or 'no type'} was answered", text)


class ParsedChunks:
    """Chunks that a library has read; it keeps the terminator to itself, so only a finish reason ends them.

    Args:
        chunks: the parsed JSON of each.
        close: frees the connection.
        content_type: the answer's, where the library shows it: of a body that is no stream it reads nothing.
    """

    terminated: bool = False

    def __init__(self, chunks: Iterable[Any], close: Callable[[], None], content_type: str = "") -> None:
        self.close = close
        self._chunks = chunks
        self._content_type = media_type(content_type)

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: there is none, and the body is of a type that is no stream.
        """
        empty = True
        for chunk in self._chunks:
            empty = False
            yield chunk
        if empty and self._content_type in NO_EVENTS:
            raise malformed("a stream was asked for, and holds no chunk", self._content_type)


def text_and_rest(texts: Iterable[str], whole: Callable[[], Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The chunks of a library that hands on text as it comes, and puts all else together until the end.

    Args:
        texts: the deltas.
        whole: the answer as a chat completion, asked for when the deltas have ended.
    """
    for text in texts:
        yield {"choices": [{"delta": {"content": text}}]}
    answer = whole()
    choices = [{**choice, "delta": {**choice["message"], "content": None}} for choice in answer["choices"]]
    yield {**answer, "choices": choices}


def grown(texts: Iterable[str]) -> Iterator[str]:
    """The deltas of a library that shows the whole text so far each time."""
    said = 0
    for text in texts:
        if text[said:]:
            yield text[said:]
        said = len(text)


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
