"""Asks an asynchronous backend what scenarios ask: its coroutines run in an event loop of the suite's.

Each instance has a loop in a thread of its own, until it is unloaded and its last stream has ended.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

import anyio
from anyio.from_thread import BlockingPortal
from typing_extensions import override

from provider.base import AsyncBaseLLM, BaseLLM, DelegatingLLM, Message
from provider.response import AsyncLLMStream, LLMResponse, LLMStream

_METHODS = ("load", "unload", "close", "invoke", "stream", "chat_with_tools")

_END: Any = object()

PATIENCE = 5.0
"""Seconds that the tasks of a backend may take to end after its last call."""


def bridged(own: Any) -> Any:
    """``own``, with synchronous methods where it has asynchronous ones: one with coroutines has."""
    if isinstance(own, AsyncBaseLLM):
        return BridgedLLM(own)
    methods = (getattr(own, name, None) for name in _METHODS)
    is_async = any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in methods)
    return BridgedStranger(own) if is_async else own


class _Bridge:
    """The event loop of one backend; it runs while somebody uses it."""

    def __init__(self, own: object) -> None:
        self._name = type(own).__name__
        self._lock = threading.Lock()
        self._users = 0
        self._portal: BlockingPortal | None = None
        self._thread: threading.Thread | None = None

    def enter(self) -> None:
        """Begin to use the loop, which is started where it does not run."""
        with self._lock:
            self._users += 1
            if self._portal is None:
                started: Future[BlockingPortal] = Future()
                # A daemon: a backend that never ends must not keep the suite from ending.
                self._thread = threading.Thread(
                    target=_run_loop, args=[started], daemon=True, name=f"event loop of {self._name}"
                )
                self._thread.start()
                self._portal = started.result()

    def leave(self) -> None:
        """End the use of the loop, and the loop where nobody else uses it."""
        with self._lock:
            self._users -= 1
            if self._users or self._portal is None or self._thread is None:
                return
            portal, self._portal = self._portal, None
            portal.start_task_soon(portal.stop)
            thread = self._thread
        thread.join(PATIENCE)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Use the loop inside."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function in the loop; returns what it returns, awaited where it must be."""
        with self.used():
            assert self._portal is not None
            return self._portal.call(_awaited, partial(function, *args, **kwargs))


async def _awaited(function: Callable[[], Any]) -> Any:
    result = function()
    return await result if inspect.isawaitable(result) else result


def _run_loop(started: Future[BlockingPortal]) -> None:
    async def run() -> None:
        async with BlockingPortal() as portal:
            started.set_result(portal)
            await portal.sleep_until_stopped()

    anyio.run(run)


def _deltas(bridge: _Bridge, own: Any) -> Generator[Any, None, Any]:
    """The deltas of an asynchronous stream; returns the response that stands beside them, if any."""
    with bridge.used():
        iterator = bridge.run(aiter, own)
        try:
            while (delta := bridge.run(anext, iterator, _END)) is not _END:
                yield delta
        finally:
            for each in (own, iterator):
                if (close := getattr(each, "aclose", None)) is not None:
                    bridge.run(close)
    return getattr(own, "response", None)


class BridgedStream(LLMStream):
    """A stream of a backend whose stream is asynchronous."""

    def __init__(self, bridge: _Bridge, own: AsyncLLMStream) -> None:
        super().__init__(partial(_deltas, bridge, own))
        self._bridge = bridge
        self._own = own

    @property
    @override
    def response(self) -> LLMResponse:
        return self._own.response

    @override
    def close(self) -> None:
        super().close()
        self._bridge.run(self._own.aclose)

    @override
    def __enter__(self) -> Self:
        self._bridge.run(self._own.__aenter__)
        return self

    @override
    def __exit__(self, *raised: object) -> None:
        self._bridge.run(self._own.__aexit__, *raised)
        self.close()


class BridgedLLM(DelegatingLLM, BaseLLM):
    """An asynchronous backend; the scenarios ask it in its place."""

    def __init__(self, own: AsyncBaseLLM) -> None:
        self.behind = own
        self._bridge = _Bridge(own)
        self._is_held = False

    @override
    def load(self) -> bool:
        with self._bridge.used():
            loaded: bool = self._bridge.run(self.behind.load)
            if loaded and not self._is_held:
                self._is_held = True
                self._bridge.enter()
        return loaded

    @override
    def unload(self) -> None:
        try:
            self._bridge.run(self.behind.unload)
        finally:
            if self._is_held:
                self._is_held = False
                self._bridge.leave()

    @override
    def invoke(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMResponse:
        response: LLMResponse = self._bridge.run(self.behind.invoke, messages, attachments, **kwargs)
        return response

    @override
    def stream(
        self, messages: Sequence[Message], attachments: Iterable[Any] | None = None, **kwargs: Any
    ) -> LLMStream:
        return BridgedStream(
            self._bridge, self._bridge.run(self.behind.stream, messages, attachments, **kwargs)
        )

    @override
    def chat_with_tools(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] | None = None, **kwargs: Any
    ) -> LLMResponse:
        response: LLMResponse = self._bridge.run(self.behind.chat_with_tools, messages, tools, **kwargs)
        return response

    @override
    def has_capability(self, modality: str) -> bool:
        able: bool = self.behind.has_capability(modality)
        return able

    def __repr__(self) -> str:
        return repr(self.behind)


class BridgedStranger:
    """A stranger with asynchronous methods, to be asked as one with synchronous ones; it has no others."""

    def __init__(self, own: Any) -> None:
        self.behind = own
        self._bridge = _Bridge(own)
        self._is_held = False
        for name in _METHODS:
            if callable(method := getattr(own, name, None)):
                setattr(self, name, self._synchronous(name, method))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)

    def _synchronous(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            self._hold(name)
            try:
                answer = self._bridge.run(method, *args, **kwargs)
            finally:
                if name in ("unload", "close"):
                    self._let_go()
            return _deltas(self._bridge, answer) if hasattr(answer, "__aiter__") else answer

        return call

    def _hold(self, name: str) -> None:
        """Keep the loop, in which the stranger may have connections, until it is unloaded."""
        if not self._is_held and name not in ("unload", "close"):
            self._is_held = True
            self._bridge.enter()

    def _let_go(self) -> None:
        if self._is_held:
            self._is_held = False
            self._bridge.leave()
