"""An event loop for a library that is asynchronous, where this contract is not."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager, suppress
from typing import Any, Self, TypeVar

from anyio.from_thread import start_blocking_portal

from provider.completions import interrupted
from provider.errors import LLMProviderError

T = TypeVar("T")


class LoopThread:
    """One event loop in a thread of its own, that all threads of the caller ask.

    The connections of an asynchronous client belong to the loop that they were
    made on: a loop for each thread, or for each call, finds those of another.
    """

    def __init__(self) -> None:
        self._starting = start_blocking_portal()
        self._portal = self._starting.__enter__()
        self._ended = False

    def run(self, function: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
        """Await what ``function`` gives, on the loop.

        Raises:
            LLMProviderError: ``interrupted``: the loop was ended meanwhile.
        """

        async def awaited() -> T:
            return await function(*args, **kwargs)

        with self._until_it_ends():
            return self._portal.call(awaited)

    def open(self, manager: AbstractAsyncContextManager[T]) -> tuple[T, Callable[[], None]]:
        """Enter ``manager``; gives what it yields, and how to leave it."""
        opened = ExitStack()

        def close() -> None:
            with suppress(LLMProviderError), self._until_it_ends():
                opened.close()

        with self._until_it_ends():
            return opened.enter_context(self._portal.wrap_async_context_manager(manager)), close

    def each(self, items: AsyncIterable[T]) -> Iterator[T]:
        """What ``items`` gives, as it comes."""
        iterator, end = aiter(items), object()

        async def following() -> Any:
            return await anext(iterator, end)

        while (item := self.run(following)) is not end:
            yield item

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """End the loop; what still runs on it is cancelled."""
        self._ended = True
        self._portal.call(self._portal.stop, True)
        self._starting.__exit__(None, None, None)

    @contextmanager
    def _until_it_ends(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, RuntimeError):  # anyio says either
            if not self._ended:
                raise
            raise interrupted() from None
