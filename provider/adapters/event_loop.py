"""Runs an asynchronous library for the synchronous contract."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, suppress
from typing import Any, Self, TypeVar

from anyio.from_thread import start_blocking_portal

from provider.errors import LLMProviderError, interrupted

T = TypeVar("T")


class EventLoopThread:
    """One event loop in a thread of its own, used by all threads of the caller.

    The connections of an asynchronous client belong to the loop that opened
    them, so all calls must use the same loop.
    """

    def __init__(self) -> None:
        self._starting = start_blocking_portal()
        self._portal = self._starting.__enter__()
        self._ended = False

    def run(self, function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Call ``function`` on the loop and return what it awaits.

        Raises:
            LLMProviderError: ``interrupted``, when the loop ended meanwhile.
        """

        async def awaited() -> T:
            return await function(*args, **kwargs)

        with self._until_it_ends():
            return self._portal.call(awaited)

    def open(self, manager: AbstractAsyncContextManager[T]) -> tuple[T, Callable[[], None]]:
        """Enter ``manager``; returns what it yields, and a function that leaves it."""
        opened = ExitStack()

        def close() -> None:
            with suppress(LLMProviderError), self._until_it_ends():
                opened.close()

        with self._until_it_ends():
            return opened.enter_context(self._portal.wrap_async_context_manager(manager)), close

    def each(self, items: AsyncIterable[T]) -> Iterator[T]:
        """Iterate ``items`` on the loop."""
        iterator, end = aiter(items), object()

        async def next_item() -> Any:
            return await anext(iterator, end)

        while (item := self.run(next_item)) is not end:
            yield item

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """End the loop and cancel what still runs on it."""
        self._ended = True
        self._portal.call(self._portal.stop, True)
        self._starting.__exit__(None, None, None)

    @contextmanager
    def _until_it_ends(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, RuntimeError):  # anyio raises either
            if not self._ended:
                raise
            raise interrupted() from None
