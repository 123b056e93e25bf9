"""Chunks that are made of the items of another stream, in either face."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from provider.chat.streams import Events


class MadeChunks(AsyncIterator[Any]):
    """The chunks of a stream whose items have another form: for ``for`` or ``async for``, as its items are.

    No generators: where an asynchronous one is left early, the loop closes it later, in a task of its own.

    Args:
        items: the items; they are closed with the chunks.

    Attributes:
        is_done: whether an item has ended the answer. What follows is not read: some servers keep the socket
            open.
    """

    is_done = False

    def __init__(self, items: Any) -> None:
        self._items = items
        self._ready: Iterator[Any] = iter(())
        self._has_ended = False

    @property
    def terminated(self) -> bool:
        """Whether the terminator was read."""
        terminated: bool = self._items.terminated
        return terminated

    def made_of(self, item: Any) -> Iterable[Any]:
        """The chunks of an item."""
        return (item,)

    def ended(self, failure: Exception | None) -> Iterable[Any]:
        """The chunks that follow the last item; ``failure`` is why no further one came, if it was one."""
        if failure is not None:
            raise failure
        return ()

    def __iter__(self) -> Iterator[Any]:
        failure = None
        try:
            for item in self.each():
                yield from self.made_of(item)
                if self.is_done:
                    break
        except Exception as error:  # noqa: BLE001 - it is handed on
            failure = error
        yield from self.ended(failure)

    async def __anext__(self) -> Any:
        while True:
            try:
                for chunk in self._ready:
                    return chunk
                if self.is_done or self._has_ended:
                    raise StopAsyncIteration
                self._ready = iter(self.made_of(await self.awaited()))
            except Exception as error:
                if self._has_ended:
                    raise
                self._has_ended = True
                self._ready = iter(self.ended(None if isinstance(error, StopAsyncIteration) else error))

    def each(self) -> Iterable[Any]:
        """The items."""
        items: Iterable[Any] = self._items
        return items

    async def awaited(self) -> Any:
        """The next item, of those that are awaited."""
        return await anext(self._items)

    def close(self) -> None:
        """Free the connection."""
        self._items.close()

    async def aclose(self) -> None:
        """Free the connection."""
        await self._items.aclose()


AnyChunks = Events | MadeChunks
"""The chunks of a stream, or what is made of them, in the face of the caller."""
