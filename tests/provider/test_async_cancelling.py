"""Cancelling a call frees its connection, leaves no task, and is never an answer.

No recording tests: a replay has no connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from httpcore import AsyncConnectionPool

from provider.base import AsyncBaseLLM
from tests.provider.async_backends import (
    DEADLINE,
    Backend,
    SilentOnce,
    every_backend,
    left,
    nothing_left,
    read,
    served,
)
from tests.provider.routes import ANSWER, QUESTION, invoked_and_streamed

Cancel = Callable[[Awaitable[Any], SilentOnce], Awaitable[None]]


async def by_its_task(call: Any, silent: SilentOnce) -> None:
    task = asyncio.create_task(call)
    await silent.asked()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def by_wait_for(call: Any, silent: SilentOnce) -> None:
    async def until_asked() -> None:
        await silent.asked()

    asked = asyncio.create_task(until_asked())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call, 0.3)
    await asked


async def by_a_scope(call: Any, silent: SilentOnce) -> None:
    answers = []
    async with anyio.create_task_group() as tasks:

        async def cancel() -> None:
            await silent.asked()
            scope.cancel()

        tasks.start_soon(cancel)
        with anyio.CancelScope() as scope:
            answers.append(await call)
    assert scope.cancelled_caught
    assert answers == []


@every_backend
@invoked_and_streamed
@pytest.mark.parametrize("cancel", [by_its_task, by_wait_for, by_a_scope])
def test_a_cancelled_call_frees_its_connection(backend: Backend, how: str, cancel: Cancel) -> None:
    """pipecat#3640: cancelled tasks kept their connections until the pool was empty."""
    silent = SilentOnce()

    async def main() -> None:
        async with llm, nothing_left():
            await cancel(read(llm, how), silent)

            assert await left(server)
            assert (await read(llm, how)).content == ANSWER.text

    with served(backend, silent) as (llm, server):
        asyncio.run(main())


async def by_aclose(llm: AsyncBaseLLM) -> None:
    stream = llm.stream(QUESTION)
    assert await anext(stream)
    await stream.aclose()
    await stream.aclose()


async def by_its_block(llm: AsyncBaseLLM) -> None:
    async def fail() -> None:
        async with llm.stream(QUESTION) as stream:
            async for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def by_dropping_it(llm: AsyncBaseLLM) -> None:
    async for _ in llm.stream(QUESTION):
        return
    raise AssertionError("nothing was streamed")


@every_backend
@pytest.mark.parametrize("leave", [by_aclose, by_its_block, by_dropping_it])
def test_a_stream_that_is_left_frees_its_connection(
    backend: Backend, leave: Callable[[AsyncBaseLLM], Awaitable[None]]
) -> None:
    """One that is dropped is finalised by the loop."""
    silent = SilentOnce()

    async def main() -> None:
        async with llm, nothing_left():
            await leave(llm)
            assert await left(server)
            assert (await read(llm, "stream")).content == ANSWER.text

    with served(backend, silent) as (llm, server):
        asyncio.run(main())


@every_backend
@invoked_and_streamed
def test_unloading_ends_a_call_that_waits(backend: Backend, how: str) -> None:
    silent = SilentOnce()

    async def main() -> str | None:
        async with nothing_left():
            await llm.load()
            waiting = asyncio.create_task(read(llm, how))
            await silent.asked()

            await llm.unload()

            assert await left(server)
            return (await asyncio.wait_for(waiting, DEADLINE)).error_kind

    with served(backend, silent, timeout=2 * DEADLINE) as (llm, server):
        assert asyncio.run(main()) == "interrupted"


@every_backend
def test_a_cancelled_call_is_not_tried_again(backend: Backend) -> None:
    silent = SilentOnce()

    async def main() -> None:
        async with llm:
            await by_its_task(read(llm, "invoke"), silent)

    with served(backend, silent, max_retries=5) as (llm, server):
        asyncio.run(main())
        assert len([each for each in server.requests if each.path.endswith("/chat/completions")]) == 1


@every_backend
def test_unloading_ends_a_call_that_waits_for_its_connection(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that does not come stands in for a server that does not answer on its port."""
    connecting = asyncio.Event()

    async def never(*_: Any, **__: Any) -> Any:
        connecting.set()
        await asyncio.Event().wait()

    async def main() -> str | None:
        async with nothing_left():
            await llm.load()
            monkeypatch.setattr(AsyncConnectionPool, "handle_async_request", never)
            waiting = asyncio.create_task(read(llm, "invoke"))
            await connecting.wait()
            monkeypatch.undo()
            await llm.unload()
            return (await asyncio.wait_for(waiting, DEADLINE)).error_kind

    with served(backend, SilentOnce(), timeout=2 * DEADLINE) as (llm, _):
        assert asyncio.run(main()) == "interrupted"
