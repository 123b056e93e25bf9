"""An asynchronous backend of a synchronous one, whose calls run in threads."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from typing_extensions import override

from provider.base import AsyncBaseLLM, BaseLLM, DelegatingLLM, Message
from provider.response import AsyncLLMStream, LLMResponse, LLMStream

T = TypeVar("T")

_END: Any = object()


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
        return await _left_if_cancelled(partial(self.behind.invoke, messages, attachments, **kwargs))

    @override
    async def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        return await _left_if_cancelled(partial(self.behind.chat_with_tools, messages, tools, **kwargs))

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> AsyncLLMStream:
        return AsyncLLMStream(partial(_deltas, partial(self.behind.stream, messages, attachments, **kwargs)))

    @override
    def __repr__(self) -> str:
        return f"in_threads({self.behind!r})"


async def _deltas(ask: Callable[[], LLMStream]) -> AsyncGenerator[str | LLMResponse, None]:
    stream = _SharedStream(await anyio.to_thread.run_sync(ask))
    try:
        while (delta := await _left_if_cancelled(stream.step)) is not _END:
            yield delta
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(stream.close)
    yield stream.own.response


async def _left_if_cancelled(call: Callable[[], T]) -> T:
    """What ``call`` returns in a thread, which is left alone where the caller is cancelled."""
    return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)


class _SharedStream:
    """A stream that one thread may close while another waits in it: it is closed when that one is back."""

    def __init__(self, own: LLMStream) -> None:
        self.own = own
        self._lock = threading.Lock()
        self._is_left = False

    def step(self) -> Any:
        """The next delta, ``_END`` at the end."""
        try:
            with self._lock:
                return next(self.own, _END)
        finally:
            if self._is_left:
                self.close()

    def close(self) -> None:
        """Close the stream, now or when its next delta has come."""
        self._is_left = True
        if self._lock.acquire(blocking=False):
            try:
                self.own.close()
            finally:
                self._lock.release()
