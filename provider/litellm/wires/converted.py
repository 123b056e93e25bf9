"""A stream whose events are converted to chunks of a chat completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from provider.chat.decoding import raise_in_band_error
from provider.chat.streams import EventChunks
from provider.errors import malformed


class ConvertedChunks:
    """The chunks of a stream of another wire.

    Args:
        events: the events as they arrive.
        convert: gives the chunks of one event.
    """

    def __init__(
        self, events: EventChunks, convert: Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]]
    ) -> None:
        self.close = events.close
        self._events = events
        self._convert = convert

    @property
    def terminated(self) -> bool:
        """Whether the terminator was read; mostly the stream ends by its finish reason."""
        return self._events.terminated

    def __iter__(self) -> Iterator[Any]:
        """Yield the chunks.

        Raises:
            LLMProviderError: the body is not a stream, or contains an error or something unreadable.
        """
        for event in self._events:
            raise_in_band_error(event)
            if not isinstance(event, Mapping):
                raise malformed("an event of the stream is not an object", event)
            yield from self._convert(event)
