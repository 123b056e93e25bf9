"""Asynchronous backends in the event loop of trio, whose HTTP clients run in it: litellm's needs asyncio's.

No scenario: the suite asks in a loop of asyncio's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import sleep
from typing import Any

import anyio
import anyio.to_thread
import pytest

from conformance.servers.scripted import Stall, always
from provider import AsyncLMStudioLLM, AsyncOpenAILLM
from tests.provider.async_backends import DEADLINE, DIALECT, Backend, read, served
from tests.provider.routes import ANSWER, invoked_and_streamed

trio = pytest.importorskip(
    "trio",
    reason="trio is not installed with the others, for hypothesis then loads it everywhere: pip install trio",
)
backends = pytest.mark.parametrize("backend", [AsyncOpenAILLM, AsyncLMStudioLLM])
answering = DIALECT.answering(ANSWER)
SILENT = always([Stall()])


def in_trio(main: Callable[[], Awaitable[Any]]) -> Any:
    """What a coroutine function returns, in a loop of its own."""
    return trio.run(main)


@backends
@invoked_and_streamed
def test_one_loop_after_the_other(backend: Backend, how: str) -> None:
    with served(backend, answering) as (llm, server):
        assert in_trio(llm.load)
        for _ in range(2):
            assert in_trio(lambda: read(llm, how)).content == ANSWER.text
            assert server.wait_until_closed(DEADLINE), "the end of a loop closes its connections"
        in_trio(llm.unload)


@backends
@invoked_and_streamed
def test_a_cancelled_call_frees_its_connection(backend: Backend, how: str) -> None:
    with served(backend, SILENT) as (llm, server):

        async def main() -> None:
            assert await llm.load()
            with anyio.move_on_after(0.05) as limit:
                await read(llm, how)
            assert limit.cancelled_caught
            assert await anyio.to_thread.run_sync(server.wait_for_client_to_leave, DEADLINE)
            await llm.unload()

        in_trio(main)


@backends
def test_unloading_in_another_loop_ends_a_call(backend: Backend) -> None:
    with served(backend, SILENT) as (llm, server):

        async def main() -> None:
            assert await llm.load()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.to_thread.run_sync, unload)
                response = await read(llm, "invoke")
            assert response.error_kind == "interrupted"

        def unload() -> None:
            while not server.requests:
                sleep(0.01)
            in_trio(llm.unload)

        in_trio(main)
