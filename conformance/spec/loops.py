"""An asynchronous backend, asked by a scenario inside an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from conformance.spec.boundary import ERRORS_ONLY
from conformance.spec.bridge import BridgedLLM, BridgedStranger
from conformance.spec.contract import ASYNCHRONOUS, LIFECYCLE, NotJudgedError
from conformance.spec.strangers import StrangerLLM
from provider.base import BaseLLM, Message


def awaited(llm: BaseLLM) -> Any:
    """The asynchronous backend that is asked by ``llm``.

    Raises:
        NotJudgedError: its methods are not awaited.
    """
    asked = llm.own if isinstance(llm, StrangerLLM) else llm
    if isinstance(asked, BridgedLLM | BridgedStranger):
        return asked.behind
    raise NotJudgedError(ASYNCHRONOUS)


def in_a_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run in a new event loop; whatever the backend raises is an error."""
    with ERRORS_ONLY:
        asyncio.run(main)


async def becomes_true(asked: Callable[[], bool], seconds: float) -> bool:
    """Whether something becomes true within ``seconds``.

    Asked again and again, not waited for in a thread: the loop would wait for that thread at its end, also
    where a scenario has failed by then.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not asked():
                await asyncio.sleep(0.005)
            return True
    return False


async def done(result: Any) -> Any:
    """What a method returns, awaited where it must be."""
    return await result if inspect.isawaitable(result) else result


async def asked(own: Any, how: str, messages: Sequence[Message]) -> str:
    """The text of an answer, by ``invoke`` or by ``stream``."""
    if how == "invoke":
        answer = await own.invoke(messages)
        return answer if isinstance(answer, str) else answer.content
    return "".join([delta async for delta in await done(own.stream(messages))])


async def begun(own: Any) -> None:
    """Load a backend that can be loaded."""
    if (load := getattr(own, "load", None)) is not None:
        await done(load())


def block_of(own: Any) -> Any:
    """The backend, for ``async with``.

    Raises:
        NotJudgedError: it is no asynchronous context manager.
    """
    if not hasattr(own, "__aexit__"):
        raise NotJudgedError(LIFECYCLE)
    return own


@asynccontextmanager
async def loaded(own: Any) -> AsyncIterator[None]:
    """Load the backend and unload it; at the end no task of its own is left."""
    before = asyncio.all_tasks()
    await begun(own)
    try:
        yield
    finally:
        await unloaded(own)
    gc.collect()
    for _ in range(10):  # a task may take some turns of the loop to end
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before
    assert not left, f"tasks of the backend are left: {[task.get_name() for task in left]}"


async def unloaded(own: Any) -> None:
    """Unload a backend that can be unloaded."""
    if (end := getattr(own, "unload", None) or getattr(own, "close", None)) is not None:
        await done(end())
