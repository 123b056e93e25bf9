"""What only an asynchronous backend can break: cancelling, the event loop, and what it leaves behind.

Scripts in every mode: a replay has no connections. The other scenarios are asked of such a backend too.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
from typing import Any

import pytest

from conformance.testing import (
    DEADLINE,
    Answer,
    Build,
    Dialect,
    Request,
    Script,
    ScriptedServer,
    Serve,
    Stall,
    Wait,
    loops,
    text,
    user,
)

pytestmark = [pytest.mark.asynchronous, pytest.mark.core]

GREETING = text.GREETING
AT_ONCE = 20

BOTH_WAYS = pytest.mark.parametrize("how", ["invoke", "stream"])


class HoldsFirst:
    """A server that never ends its first answer, and gives every other one."""

    def __init__(self, dialect: Dialect, how: str) -> None:
        self._answer = dialect.answering(GREETING.answer)
        events = dialect.events(GREETING.answer)
        self._held: Script = [Stall()]
        if how == "stream":
            self._held = dialect.streamed([*events[: len(events) // 2], Stall()])
        self._asked = threading.Event()

    def __call__(self, request: Request) -> Script:
        """What answers a request."""
        if self._asked.is_set():
            return self._answer(request)
        self._asked.set()
        return self._held

    async def asked(self) -> None:
        """Wait until the first request is there."""
        assert await loops.becomes_true(self._asked.is_set, DEADLINE), "no request arrived"


async def is_left(server: ScriptedServer) -> bool:
    """Whether the client closes its connections."""
    return await loops.becomes_true(lambda: server.wait_for_client_to_leave(0), DEADLINE)


@BOTH_WAYS
@pytest.mark.parametrize("by", ["task", "timeout"])
def test_a_cancelled_call_frees_its_connection(
    how: str, by: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A cancelled call ends as cancelled, frees its connection, and leaves an instance that serves on.

    pipecat-ai/pipecat#3640: cancelled tasks kept their connections until the pool was empty.
    """
    holding = HoldsFirst(dialect, how)
    server = serve(holding)
    own = loops.awaited(build(server.url, timeout=2 * DEADLINE, load=False))

    async def main() -> None:
        async with loops.loaded(own):
            call = asyncio.ensure_future(loops.asked(own, how, GREETING.messages))
            await holding.asked()
            if by == "task":
                call.cancel()
                await asyncio.wait([call], timeout=DEADLINE)
            else:
                waiting = asyncio.ensure_future(asyncio.wait_for(call, 0.05))
                await asyncio.wait([waiting], timeout=DEADLINE)
                assert waiting.done(), "the call goes on, though it was cancelled"
                assert isinstance(waiting.exception(), TimeoutError)
            assert call.done(), "the call goes on, though it was cancelled"
            assert call.cancelled(), f"the call was cancelled, and ended otherwise: {call!r}"
            assert await is_left(server), "the connection of the cancelled call is still open"
            assert await loops.asked(own, how, GREETING.messages) == GREETING.answer.text

    loops.in_a_loop(main())


@pytest.mark.parametrize("how", ["closed", "dropped"])
def test_a_stream_that_is_left_frees_its_connection(
    how: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that is left frees its connection: by ``aclose``, and when nobody holds it any more."""
    server = serve(HoldsFirst(dialect, "stream"))
    own = loops.awaited(build(server.url, timeout=2 * DEADLINE, load=False))

    async def begun() -> Any:
        deltas = aiter(await loops.done(own.stream(GREETING.messages)))
        assert await anext(deltas)
        return deltas

    async def main() -> None:
        async with loops.loaded(own):
            deltas = await begun()
            if how == "closed":
                await deltas.aclose()
            del deltas
            gc.collect()
            assert await is_left(server), "the connection of the stream is still open"
            assert await loops.asked(own, "stream", GREETING.messages) == GREETING.answer.text

    loops.in_a_loop(main())


@BOTH_WAYS
def test_the_event_loop_turns_while_an_answer_is_awaited(
    how: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """While a call waits for its answer, the event loop does other work.

    The server answers only after another task has had its turns. aden-hive/hive#4854: no other task had any.
    """
    asked, released = threading.Event(), threading.Event()
    events = dialect.events(GREETING.answer)
    half = len(events) // 2

    def answer(request: Request) -> Script:
        asked.set()
        if how == "invoke":
            return [Wait(released), *dialect.answering(GREETING.answer)(request)]
        return dialect.streamed([*events[:half], Wait(released), *events[half:]])

    own = loops.awaited(build(serve(answer).url, load=False))

    async def release() -> None:
        await loops.becomes_true(asked.is_set, DEADLINE)
        for _ in range(10):
            await asyncio.sleep(0.01)
        released.set()

    async def main() -> None:
        async with loops.loaded(own):
            releasing = asyncio.ensure_future(release())
            assert await loops.asked(own, how, GREETING.messages) == GREETING.answer.text
            await releasing

    loops.in_a_loop(main())


@BOTH_WAYS
def test_an_instance_serves_one_loop_after_the_other(
    how: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An instance that was used in an event loop that has ended serves the next one.

    pydantic/pydantic-ai#748: its client belonged to the first loop, and answered ``Event loop is closed``.
    """
    own = loops.awaited(build(serve(dialect.answering(GREETING.answer)).url, load=False))

    async def main(*, is_first: bool = False) -> None:
        if is_first:
            await loops.begun(own)
        assert await loops.asked(own, how, GREETING.messages) == GREETING.answer.text

    loops.in_a_loop(main(is_first=True))
    loops.in_a_loop(main())
    loops.in_a_loop(loops.unloaded(own))


def test_concurrent_tasks_get_their_own_answers(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Twenty calls of one event loop, half of them streams, each get their own answer, all at once."""
    all_have_asked = threading.Barrier(AT_ONCE)
    questions = [f"Is this {number}?" for number in range(AT_ONCE)]

    def answer(request: Request) -> Script:
        all_have_asked.wait(DEADLINE)
        return dialect.answering(Answer(f"{dialect.prompt_of(request)} Yes."))(request)

    own = loops.awaited(build(serve(answer).url, load=False))

    async def main() -> None:
        async with loops.loaded(own):
            ways = itertools.cycle(["invoke", "stream"])
            calls = [loops.asked(own, next(ways), [user(question)]) for question in questions]
            assert await asyncio.gather(*calls) == [f"{question} Yes." for question in questions]

    loops.in_a_loop(main())


@BOTH_WAYS
def test_unloading_ends_a_call_that_waits(how: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """``unload`` ends a call that waits for its answer, and closes its connection."""
    holding = HoldsFirst(dialect, how)
    server = serve(holding)
    own = loops.awaited(build(server.url, timeout=2 * DEADLINE, load=False))

    async def main() -> None:
        async with loops.loaded(own):
            call = asyncio.ensure_future(loops.asked(own, how, GREETING.messages))
            await holding.asked()
            await loops.unloaded(own)
            await asyncio.wait([call], timeout=DEADLINE)
            assert call.done(), "the call goes on, though the backend is unloaded"
            assert not call.cancelled(), "unload() has cancelled the task of the caller"
            call.exception()  # the text so far, or an error: the scenarios of lifecycle say which
            assert await is_left(server), "the connection of the call is still open"

    loops.in_a_loop(main())


def test_an_exception_of_the_caller_leaves_the_block(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``async with`` passes an exception of the caller's on as it is, and closes the connections."""
    server = serve(dialect.answering(GREETING.answer))
    own = loops.awaited(build(server.url, load=False))
    raised = ValueError("the caller's own")

    async def block() -> None:
        async with loops.block_of(own):
            assert await loops.asked(own, "invoke", GREETING.messages) == GREETING.answer.text
            raise raised

    async def main() -> None:
        with pytest.raises(ValueError, match="the caller's own") as caught:
            await block()
        assert caught.value is raised
        assert await is_left(server), "the connection is still open after the block"

    loops.in_a_loop(main())
