"""One event loop for all threads, for an asynchronous library.

Unit tests: the suite tests the libraries themselves, in examples/.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest

from provider.adapters.event_loop import EventLoopThread
from provider.errors import LLMProviderError

DEADLINE = 30.0
"""Seconds after which a thread is taken to hang."""


async def which_loop(number: int) -> tuple[int, int]:
    await asyncio.sleep(0)
    return number, id(asyncio.get_running_loop())


def test_all_threads_use_one_loop() -> None:
    with EventLoopThread() as loop, ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda number: loop.run(which_loop, number), range(60)))

    assert [number for number, _ in answers] == list(range(60))
    assert len({where for _, where in answers}) == 1


def test_what_is_raised_on_the_loop_is_raised_to_the_caller() -> None:
    async def fail() -> None:
        raise RuntimeError("mine")

    with EventLoopThread() as loop, pytest.raises(RuntimeError, match="mine"):
        loop.run(fail)


def test_an_async_iterator_and_its_context_manager() -> None:
    left: list[str] = []

    @asynccontextmanager
    async def counting() -> AsyncIterator[AsyncIterator[int]]:
        async def count() -> AsyncIterator[int]:
            for number in range(3):
                yield number

        yield count()
        left.append("left")

    with EventLoopThread() as loop:
        numbers, leave = loop.open(counting())
        assert list(loop.each(numbers)) == [0, 1, 2]
        assert left == []
        leave()

    assert left == ["left"]


def test_ending_the_loop_interrupts_what_waits_on_it() -> None:
    waiting = threading.Event()
    kinds: list[str] = []

    @asynccontextmanager
    async def silent() -> AsyncIterator[AsyncIterator[int]]:
        async def nothing() -> AsyncIterator[int]:
            waiting.set()
            await asyncio.Event().wait()
            yield 1

        yield nothing()

    with EventLoopThread() as loop:
        numbers, leave = loop.open(silent())

        def read() -> None:
            with pytest.raises(LLMProviderError) as raised:
                list(loop.each(numbers))
            kinds.append(raised.value.kind)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        assert waiting.wait(DEADLINE)

    reader.join(DEADLINE)
    assert not reader.is_alive()
    leave()
    with pytest.raises(LLMProviderError) as raised:
        loop.run(which_loop, 1)
    assert [*kinds, raised.value.kind] == ["interrupted", "interrupted"]
