"""Steps of a synchronous stream that are taken in threads, and left alone where their caller is cancelled."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

_END: Any = object()


async def left_if_cancelled(call: Callable[[], T]) -> T:
    """What ``call`` returns in a thread, which is left alone where the caller is cancelled."""
    return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)


class InThreads(AsyncIterator[Any]):
    """The items of an iterator, each step in a thread.

    One thread may close it while another waits in it: it is closed when that one is back.

    Args:
        items: the items.
        close: frees what they hold.
    """

    def __init__(self, items: Iterator[Any], close: Callable[[], None]) -> None:
        self._items = items
        self._close = close
        self._lock = threading.Lock()
        self._is_left = False

    async def __anext__(self) -> Any:
        if (item := await left_if_cancelled(self._step)) is _END:
            raise StopAsyncIteration
        return item

    async def aclose(self) -> None:
        """Close it, now or when its next item has come."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._leave)

    def _step(self) -> Any:
        try:
            with self._lock:
                return next(self._items, _END)
        finally:
            if self._is_left:
                self._leave()

    def _leave(self) -> None:
        self._is_left = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()
