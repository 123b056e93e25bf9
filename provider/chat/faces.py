"""The two faces of a backend: what they share is written once, as coroutines; a face says how they wait.

A coroutine that waits only by a synchronous face never suspends, so it is run without an event loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Face(Protocol):
    """How the shared logic of a backend waits."""

    def new_lock(self) -> Any:
        """A lock for ``held``."""
        ...

    def held(self, lock: Any) -> AbstractAsyncContextManager[None]:
        """Hold a lock of the process, which other threads may hold."""
        ...

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function that waits for others."""
        ...

    async def apart(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function that computes, or reads files, for long."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait before another try."""
        ...

    def each(self, items: Any) -> AsyncIterator[Any]:
        """The items of what the backend has opened."""
        ...

    async def read(self, response: httpx.Response) -> bytes:
        """The whole body of an answer."""
        ...

    async def close(self, opened: Any) -> None:
        """Close what the backend has opened."""
        ...


class Synchronous:
    """Waits in the calling thread. Nothing of it suspends a coroutine."""

    def new_lock(self) -> Any:
        """A lock that the thread that holds it may take again."""
        return RLock()

    @asynccontextmanager
    async def held(self, lock: Any) -> AsyncIterator[None]:
        """Hold a lock."""
        with lock:
            yield

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function."""
        return function(*args, **kwargs)

    async def apart(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function."""
        return function(*args)

    async def sleep(self, seconds: float) -> None:
        """Let the thread sleep."""
        from tenacity.nap import sleep

        sleep(seconds)

    def each(self, items: Any) -> AsyncIterator[Any]:
        """The items of an iterable."""
        return _Each(items)

    async def read(self, response: httpx.Response) -> bytes:
        """Read by ``read()``."""
        return response.read()

    async def close(self, opened: Any) -> None:
        """Close by ``close()``."""
        opened.close()


class _Each(AsyncIterator[Any]):
    def __init__(self, items: Any) -> None:
        self._next = iter(items).__next__

    async def __anext__(self) -> Any:
        try:
            return self._next()
        except StopIteration:
            raise StopAsyncIteration from None


def stepped(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends, and return what it returns."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        returned: T = end.value
        return returned
    coroutine.close()
    raise _suspended()


def each_stepped(items: AsyncGenerator[T, None]) -> Generator[T, None, None]:
    """The items of an asynchronous generator that never suspends; it is closed with this one."""
    try:
        while True:
            step = items.__anext__()
            try:
                step.send(None)
            except StopIteration as found:
                item: T = found.value
            except StopAsyncIteration:
                return
            else:
                with suppress(GeneratorExit):
                    step.throw(GeneratorExit)
                raise _suspended()
            yield item
    finally:
        stepped(_closed(items))


async def _closed(items: AsyncGenerator[Any, None]) -> None:
    await items.aclose()


def _suspended() -> RuntimeError:
    return RuntimeError("a synchronous backend has awaited an event loop: it must wait by its face")
