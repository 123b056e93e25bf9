"""Mutants of what only an asynchronous backend can break: the cancel, the event loop, and what it leaves.

They are made of the target whose methods are awaited and that replays the recordings of the mutated one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import method
from conformance.commands.mutation.wrapping import LEFT_OPEN
from provider.response import LLMResponse

MUTANTS = killed_by(
    "async/unloading_ends_a_call_that_waits",
    unloads_nothing_that_is_awaited=method(lambda *_: asyncio.sleep(0), name="unload"),
)
"""Those of one expression."""


@mutant("async/a_cancelled_call_frees_its_connection", method, name="invoke")
async def swallows_the_cancel(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """A cancelled call ends as cancelled."""
    try:
        return await invoke(*question, **options)
    except asyncio.CancelledError:
        return LLMResponse("As far as it came.")


@mutant("async/a_cancelled_call_frees_its_connection", method, name="invoke")
async def makes_an_error_of_a_cancel(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """A cancel is no failure of the provider."""
    try:
        return await invoke(*question, **options)
    except asyncio.CancelledError as error:
        raise ConnectionError("the call was interrupted") from error


@mutant("async/a_cancelled_call_frees_its_connection", method, name="invoke")
async def shields_the_call_from_the_cancel(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """A cancelled call frees its connection: it does not go on behind the caller's back."""
    return await asyncio.shield(invoke(*question, **options))


@mutant("async/a_cancelled_call_frees_its_connection", method, name="stream")
async def swallows_the_cancel_of_a_stream(
    _: Any, stream: Any, *question: Any, **options: Any
) -> AsyncIterator[str]:
    """A cancelled stream ends as cancelled, not as if the answer had ended."""
    try:
        async for delta in stream(*question, **options):
            yield delta
    except asyncio.CancelledError:
        return


@mutant("async/a_stream_that_is_left_frees_its_connection", method, name="stream")
async def keeps_a_left_stream(_: Any, stream: Any, *question: Any, **options: Any) -> AsyncIterator[str]:
    """A stream that is left closes what it reads."""
    inner = stream(*question, **options)
    LEFT_OPEN.append(lambda: inner)  # somebody holds it still
    async for delta in inner:
        yield delta


@mutant("async/a_stream_that_is_left_frees_its_connection", method, name="stream")
async def buffers_the_stream(_: Any, stream: Any, *question: Any, **options: Any) -> AsyncIterator[str]:
    """The first delta does not wait for the last."""
    for delta in [delta async for delta in stream(*question, **options)]:
        yield delta


@mutant("async/the_event_loop_turns_while_an_answer_is_awaited", method, name="invoke")
async def blocks_the_loop(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """The event loop does other work while a call waits: this waits as synchronous I/O does."""
    with ThreadPoolExecutor() as thread:
        return thread.submit(asyncio.run, invoke(*question, **options | {"timeout": 0.5})).result()


@mutant("async/concurrent_tasks_get_their_own_answers", method, name="invoke")
async def leaks_a_task(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """No task of the backend is left after ``unload``."""
    llm.watching = asyncio.create_task(asyncio.sleep(60))
    return await invoke(*question, **options)


@mutant("async/concurrent_tasks_get_their_own_answers", method, name="invoke")
async def answers_one_call_at_a_time(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """The calls of one event loop run at once."""
    lock = vars(llm).setdefault("one_at_a_time", asyncio.Lock())
    async with lock:
        return await invoke(*question, **options)


@mutant("async/an_instance_serves_one_loop_after_the_other", method, name="invoke")
async def shares_a_client_between_loops(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """An instance serves the next loop: its client does not belong to the one in which it was first used."""
    loop = vars(llm).setdefault("loop_of_the_client", asyncio.get_running_loop())
    loop.call_soon(int)
    return await invoke(*question, **options)


@mutant("async/unloading_ends_a_call_that_waits", method, name="invoke")
async def unloads_by_cancelling_the_caller(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """``unload`` ends a call, and does not cancel the task of its caller."""
    task, unload = asyncio.current_task(), llm.unload
    assert task is not None

    async def cancelling() -> None:
        task.cancel()
        await unload()

    llm.unload = cancelling
    return await invoke(*question, **options)


@mutant("async/an_exception_of_the_caller_leaves_the_block", method, name="__aexit__")
async def swallows_exceptions_of_its_async_block(_: Any, leave: Any, *raised: Any) -> bool:
    """``async with`` passes an exception of the caller's on."""
    await leave(*raised)
    return True
