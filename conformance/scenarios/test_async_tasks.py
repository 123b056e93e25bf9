"""The tasks of an event loop: what another one does while a call waits, or goes on with.

Scripts in every mode, as in the group ``async``.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from conformance.scenarios.test_async import HoldsFirst, is_left
from conformance.testing import DEADLINE, Build, Dialect, Request, Script, Serve, loops, text

pytestmark = [pytest.mark.asynchronous, pytest.mark.core]

GREETING = text.GREETING


def test_the_event_loop_turns_while_a_retry_waits(serve: Serve, build: Build, dialect: Dialect) -> None:
    """While a call waits before its next try, the event loop does other work.

    Judged by the longest time without a turn, beside the time between the two tries; a busy machine may
    stretch one wait, so the best of three counts. A backend that does not try again is not judged.
    """
    tries: list[float] = []
    refusing, answering = dialect.error("overloaded").reply({"retry-after": "0.1"}), dialect.answering

    def answer(request: Request) -> Script:
        tries.append(time.monotonic())
        return refusing if len(tries) % 2 else answering(GREETING.answer)(request)

    own = loops.awaited(build(serve(answer).url, max_retries=1, load=False))

    async def share_without_a_turn() -> float:
        """The longest time between the tries without a turn of the loop, as a share of that between them."""
        turns = [time.monotonic()]
        tries.clear()
        call = asyncio.ensure_future(loops.asked(own, "invoke", GREETING.messages))
        while not call.done():
            await asyncio.sleep(0.001)
            turns.append(time.monotonic())
        assert call.result() == GREETING.answer.text
        first, second = tries
        steps = [max(min(step, second) - max(before, first), 0) for before, step in itertools.pairwise(turns)]
        return max(steps) / (second - first)

    async def main() -> None:
        async with loops.loaded(own):
            for _ in range(3):
                if await share_without_a_turn() < 0.5:
                    return
            pytest.fail("the event loop has no turn while the call waits for its next try")

    loops.in_a_loop(main())


@pytest.mark.parametrize("how", ["read", "closed"])
def test_a_stream_ends_in_another_task_than_it_began(
    how: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that was begun in one task is read to its end, or closed, in another.

    A web framework does so where its caller has gone. openlit/openlit#1369, agentscope-ai/agentscope#2076:
    what the stream had set in the context of the first task could not be taken back in the other.
    """
    server = serve(dialect.answering(GREETING.answer) if how == "read" else HoldsFirst(dialect, "stream"))
    own = loops.awaited(build(server.url, timeout=2 * DEADLINE, load=False))

    async def begun() -> tuple[Any, str]:
        deltas = aiter(await loops.done(own.stream(GREETING.messages)))
        return deltas, await anext(deltas)

    async def others(deltas: Any) -> str:
        return "".join([delta async for delta in deltas])

    async def main() -> None:
        async with loops.loaded(own):
            deltas, first = await asyncio.create_task(begun())
            if how == "read":
                assert first + await asyncio.create_task(others(deltas)) == GREETING.answer.text
            else:
                await asyncio.create_task(deltas.aclose())
                assert await is_left(server), "the connection of the stream is still open"

    loops.in_a_loop(main())
