"""The chunks of a stream that a library has parsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from provider.errors import malformed
from provider.http.sse import NOT_EVENT_STREAMS, media_type


class ParsedChunks:
    """Chunks that a library has parsed.

    A library hides the terminator, so a stream is complete only by its finish reason.

    Args:
        chunks: the parsed JSON of each.
        close: frees the connection.
        content_type: that of the answer, where the library shows it; it tells an empty stream from another
            body without chunks.
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
        if empty and self._content_type in NOT_EVENT_STREAMS:
            raise malformed("the answer is not an event stream but", self._content_type)


class AsyncParsedChunks(AsyncIterator[Any]):
    """The same of chunks that are awaited.

    Args:
        chunks: what the library yields.
        parsed: makes the parsed JSON of a chunk of what the library yields.
        aclose: frees the connection.
        content_type: as for :class:`ParsedChunks`.
    """

    terminated: bool = False

    def __init__(
        self,
        chunks: AsyncIterator[Any],
        parsed: Callable[[Any], Any],
        aclose: Callable[[], Awaitable[None]],
        content_type: str = "",
    ) -> None:
        self.aclose = aclose
        self._chunks = chunks
        self._parsed = parsed
        self._content_type = media_type(content_type)
        self._is_empty = True

    async def __anext__(self) -> Any:
        try:
            chunk = await anext(self._chunks)
        except StopAsyncIteration:
            if self._is_empty and self._content_type in NOT_EVENT_STREAMS:
                raise malformed("the answer is not an event stream but", self._content_type) from None
            raise
        self._is_empty = False
        return self._parsed(chunk)


def text_chunks(
    texts: Iterable[str], completion: Callable[[], Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The chunks for a library that yields text as it arrives, and everything else at the end.

    Args:
        texts: the deltas.
        completion: returns the answer as a chat completion; called after the last delta.
    """
    for text in texts:
        yield {"choices": [{"delta": {"content": text}}]}
    answer = completion()
    # Without the message: of a stream that was cut, its text would be taken for more.
    choices = [
        {**choice, "message": None, "delta": {**choice["message"], "content": None}}
        for choice in answer["choices"]
    ]
    yield {**answer, "choices": choices}


def text_deltas(texts: Iterable[str]) -> Iterator[str]:
    """The deltas for a library that yields the whole text so far each time."""
    length = 0
    for text in texts:
        if text[length:]:
            yield text[length:]
        length = len(text)
