"""An asynchronous backend of a synchronous one, whose calls run in threads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from typing_extensions import override

from provider.base import AsyncBaseLLM, BaseLLM, DelegatingLLM, Message
from provider.chat.thread_steps import InThreads, left_if_cancelled
from provider.response import AsyncLLMStream, LLMResponse, LLMStream


def in_threads(llm: BaseLLM) -> AsyncBaseLLM:
    """An asynchronous backend whose calls are those of ``llm``, each step in a thread.

    A call that is cancelled ends at once for its caller. Its thread ends with the step: with the answer of
    ``invoke``, or with the next delta of a stream, which is closed then.
    """
    return _InThreads(llm)


class _InThreads(DelegatingLLM, AsyncBaseLLM):
    def __init__(self, llm: BaseLLM) -> None:
        self.behind = llm

    @override
    async def load(self) -> bool:
        return await anyio.to_thread.run_sync(self.behind.load)

    @override
    async def unload(self) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.behind.unload)

    @override
    async def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return await left_if_cancelled(partial(self.behind.invoke, messages, attachments, **kwargs))

    @override
    async def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return await left_if_cancelled(partial(self.behind.chat_with_tools, messages, tools, **kwargs))

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> AsyncLLMStream:
        return AsyncLLMStream(partial(_deltas, partial(self.behind.stream, messages, attachments, **kwargs)))

    @override
    def __repr__(self) -> str:
        return f"in_threads({self.behind!r})"


async def _deltas(ask: Callable[[], LLMStream]) -> AsyncGenerator[str | LLMResponse, None]:
    stream = await anyio.to_thread.run_sync(ask)
    async with aclosing(InThreads(stream, stream.close)) as deltas:
        async for delta in deltas:
            yield delta
    yield stream.response
