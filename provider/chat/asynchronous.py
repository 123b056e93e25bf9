"""The base class of asynchronous backends for chat completions, and how they wait."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from typing_extensions import override

from provider.base import AsyncBaseLLM, Message
from provider.chat.chat_calls import ChatCalls
from provider.chat.requests import copied
from provider.chat.streams import AsyncChunks
from provider.errors import LLMProviderError
from provider.response import AsyncLLMStream, LLMResponse

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

_PAUSE = 0.01
"""Seconds between two looks at a lock that another task holds, which may be one of another loop."""


class Asynchronous:
    """Waits in the running event loop."""

    def new_lock(self) -> Any:
        """A lock that no loop owns."""
        return Lock()

    @asynccontextmanager
    async def held(self, lock: Any) -> AsyncIterator[None]:
        """Hold a lock, for which the loop does not wait."""
        while not lock.acquire(blocking=False):
            await anyio.sleep(_PAUSE)
        try:
            yield
        finally:
            lock.release()

    async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Await what a function returns."""
        return await function(*args, **kwargs)

    async def apart(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function in a thread, so that it does not keep the loop from its other tasks."""
        return await anyio.to_thread.run_sync(function, *args)

    async def sleep(self, seconds: float) -> None:
        """Let the loop do something else."""
        await anyio.sleep(seconds)

    def each(self, items: Any) -> AsyncIterator[Any]:
        """The items of an asynchronous iterable."""
        return aiter(items)

    async def read(self, response: httpx.Response) -> bytes:
        """Read by ``aread()``."""
        return await response.aread()

    async def close(self, opened: Any) -> None:
        """Close by ``aclose()``, also where the call was cancelled."""
        with anyio.CancelScope(shield=True):
            await opened.aclose()


class AsyncChatLLM(ChatCalls, AsyncBaseLLM):
    """An asynchronous backend that sends chat completions.

    A subclass must define ``connect``, ``disconnect``, ``send`` and ``open_stream``, which may raise what its
    SDK raises. It may override ``build_request``, ``failure_from``, ``secrets`` and the class attributes.
    """

    face = Asynchronous()

    @abstractmethod
    @override
    async def connect(self) -> None:
        """Make the client; it must belong to no event loop, for it may be used by several."""

    @abstractmethod
    @override
    async def disconnect(self) -> None:
        """Close the client. Called by ``unload``, and by ``load`` where ``connect`` failed."""

    @abstractmethod
    @override
    async def send(self, request: dict[str, Any]) -> Any:
        """Send ``request`` and return the chat completion that answers it, as parsed JSON or its bytes."""

    @abstractmethod
    @override
    async def open_stream(self, request: dict[str, Any]) -> AsyncChunks:
        """Send ``request`` and return the chunks of the answer once it has begun."""

    @override
    async def load(self) -> bool:
        return await self.make_loaded()

    @override
    async def unload(self) -> None:
        """Close the client; a stream that is still open ends as ``interrupted``."""
        await self.make_unloaded()

    @override
    async def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return await self.answered(messages, attachments, kwargs)

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> AsyncLLMStream:
        # The request is built at the first iteration, which may read files, of what was given now.
        return AsyncLLMStream(partial(self._asked, copied(messages), attachments, copied(kwargs)))

    async def _asked(
        self, messages: Any, attachments: Any, options: Mapping[str, Any]
    ) -> AsyncGenerator[str | LLMResponse, None]:
        try:
            items = self.deltas(await self.built(messages, attachments, options))
        except LLMProviderError as failure:
            items = self.failed(failure)
        async with aclosing(items):
            async for item in items:
                yield item
