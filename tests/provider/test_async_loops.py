"""An instance belongs to no event loop: it serves many tasks, and one loop after the other.

No recording tests: a replay has no connections.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from conformance.servers.scripted import Request, Script, reply
from conformance.spec.dialogue import Answer
from provider.chat import chat_calls
from provider.chat.attachments import with_attachments
from provider.chat.decoding import decode_completion
from tests.provider.async_backends import (
    DEADLINE,
    DIALECT,
    Backend,
    SilentOnce,
    every_backend,
    left,
    nothing_left,
    read,
    served,
)
from tests.provider.routes import ANSWER, QUESTION, invoked_and_streamed

answering = DIALECT.answering(ANSWER)


@every_backend
@invoked_and_streamed
def test_two_loops_one_after_the_other(backend: Backend, how: str) -> None:
    """pydantic-ai#748 and many more: a client of a loop that is gone answers `Event loop is closed`."""

    async def main() -> str:
        return (await read(llm, how)).content

    with served(backend, answering) as (llm, server):
        assert asyncio.run(llm.load())
        assert asyncio.run(main()) == ANSWER.text
        assert server.wait_until_closed(DEADLINE), "the end of a loop closes its connections"
        assert asyncio.run(main()) == ANSWER.text
        asyncio.run(llm.unload())


@every_backend
def test_two_loops_at_once(backend: Backend) -> None:
    async def main(_: int) -> str:
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(read(llm, how)) for how in ("invoke", "stream") * 3]
        return "".join({each.result().content for each in asked})

    with served(backend, answering) as (llm, _), ThreadPoolExecutor(2) as threads:
        assert asyncio.run(llm.load())
        answers = list(threads.map(lambda number: asyncio.run(main(number)), range(4)))
        asyncio.run(llm.unload())
    assert answers == [ANSWER.text] * 4


@every_backend
def test_unloading_cuts_the_connections_of_another_loop(backend: Backend) -> None:
    silent = SilentOnce()
    asked = threading.Event()

    async def main() -> str | None:
        waiting = asyncio.create_task(read(llm, "invoke"))
        await silent.asked()
        asked.set()
        return (await asyncio.wait_for(waiting, DEADLINE)).error_kind

    with served(backend, silent, timeout=2 * DEADLINE) as (llm, server), ThreadPoolExecutor(1) as threads:
        assert asyncio.run(llm.load())
        waiting = threads.submit(asyncio.run, main())
        assert asked.wait(DEADLINE)
        asyncio.run(llm.unload())
        assert waiting.result(DEADLINE) == "interrupted"
        assert server.wait_until_closed(DEADLINE)


@every_backend
def test_twenty_streams_in_one_task_group(backend: Backend) -> None:
    """Each has its own answer, and all are open at the same time."""
    together = threading.Barrier(20, timeout=DEADLINE)

    def echoing(request: Request) -> Script:
        together.wait()
        number = request.json()["messages"][0]["content"]
        return DIALECT.answering(Answer(f"Answer {number}."))(request)

    async def ask(number: int) -> str:
        stream = llm.stream([{"role": "user", "content": str(number)}])
        assert "".join([delta async for delta in stream]) == stream.response.content
        return stream.response.content

    async def main() -> list[str]:
        async with llm, nothing_left(), asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ask(number)) for number in range(20)]
        return [each.result() for each in asked]

    with served(backend, echoing) as (llm, _):
        assert asyncio.run(main()) == [f"Answer {number}." for number in range(20)]


@every_backend
def test_the_loop_does_other_work_while_a_call_waits_to_be_tried_again(backend: Backend) -> None:
    """Another task wakes up several times between the two tries."""
    asked = asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    woken: list[int] = []
    tries: list[int] = []

    def overloaded_once(request: Request) -> Script:
        tries.append(len(woken))
        if len(tries) > 1:
            return answering(request)
        loops[0].call_soon_threadsafe(asked.set)
        return reply(b"{}", 503, {"retry-after": "1"})

    async def wake_up() -> None:
        await asked.wait()
        for number in range(5):
            await asyncio.sleep(0.05)
            woken.append(number)

    async def main() -> str:
        loops.append(asyncio.get_running_loop())
        async with llm, asyncio.TaskGroup() as tasks:
            tasks.create_task(wake_up())
            return (await read(llm, "invoke")).content

    with served(backend, overloaded_once, max_retries=1) as (llm, _):
        assert asyncio.run(main()) == ANSWER.text
    assert tries == [0, 5]


@every_backend
def test_what_takes_long_is_done_in_another_thread(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding a large answer, and reading an attachment; a small answer is decoded at once."""
    threads: dict[str, int] = {}
    Image.new("RGB", (1, 1)).save(image := BytesIO(), "PNG")

    def noting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any) -> Any:
            threads.setdefault(name, threading.get_ident())
            return function(*args)

        return noted

    async def main() -> None:
        async with llm:
            llm.capabilities["image"] = True
            for name in ("small", "large"):
                monkeypatch.setattr(chat_calls, "decode_completion", noting(name, decode_completion))
                assert (await llm.invoke([{"role": "user", "content": name}])).error is None
            monkeypatch.setattr(chat_calls, "with_attachments", noting("attachment", with_attachments))
            assert (await llm.invoke(QUESTION, [image.getvalue()])).error is None

    def sized(request: Request) -> Script:
        words = "word " * 100_000 if b'"large"' in request.body else "word"
        return DIALECT.answering(Answer(words))(request)

    with served(backend, sized) as (llm, _):
        asyncio.run(main())
    assert {name for name, thread in threads.items() if thread != threading.get_ident()} == {
        "large",
        "attachment",
    }


@every_backend
def test_the_block_of_the_caller_keeps_its_context_and_its_errors(backend: Backend) -> None:
    number: ContextVar[int] = ContextVar("number", default=0)

    async def main() -> None:
        number.set(7)
        async with llm:
            async with llm.stream(QUESTION) as stream:
                async for _ in stream:
                    assert number.get() == 7
                    number.set(7)
            with pytest.raises(KeyError, match="mine"):
                async with llm.stream(QUESTION) as stream:
                    raise KeyError("mine")

    with served(backend, answering) as (llm, _):
        asyncio.run(main())


@every_backend
@invoked_and_streamed
def test_not_loaded(backend: Backend, how: str) -> None:
    async def main() -> str | None:
        return (await read(llm, how)).error_code

    with served(backend, answering) as (llm, server):
        assert asyncio.run(main()) == "not_loaded"
        assert server.requests == ()


@every_backend
def test_the_server_sees_the_end_of_an_answer_that_was_read(backend: Backend) -> None:
    async def main() -> None:
        async with llm:
            await read(llm, "stream")
        assert await left(server)

    with served(backend, answering) as (llm, server):
        asyncio.run(main())
