"""Many calls at once, on many threads, by one instance and by many.

Scripts in every mode: a recording cannot show two calls at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conformance.testing import (
    DEADLINE,
    KEY,
    Answer,
    Build,
    Dialect,
    LLMResponse,
    Play,
    Script,
    Serve,
    Target,
    Turn,
    Usage,
    laws,
    text,
    user,
)

GREETING = text.GREETING
AT_ONCE = 20
NUMBERS = [
    Turn(f"number_{number}", [user(f"Say {number}.")], Answer(f"This is number {number}."))
    for number in range(1, AT_ONCE + 1)
]


def usage_of(number: int) -> Usage:
    """Three counts that no other number has."""
    return Usage(prompt_tokens=1000 + number, completion_tokens=500 + number, cached_tokens=number)


@pytest.mark.core
def test_concurrent_calls_get_their_own_answers(play: Play, dialect: Dialect) -> None:
    """Twenty concurrent calls of one instance each get their own text and token counts.

    Ten invoke while ten stream, and none is answered before all have asked. BerriAI/litellm#20312,
    simonw/llm#1182: state that threads shared.
    """
    numbers = {turn.messages[0]["content"]: number for number, turn in enumerate(NUMBERS, 1)}
    all_have_asked = threading.Barrier(AT_ONCE)

    def answer(request: Any) -> Script:
        number = numbers[dialect.prompt_of(request)]
        answer_, usage = NUMBERS[number - 1].answer, usage_of(number)
        all_have_asked.wait(DEADLINE)
        return dialect.script(request, answer_, usage=usage)

    llm = play(answer)

    def ask(number: int) -> None:
        turn = NUMBERS[number - 1]
        ways: list[Callable[[], LLMResponse]] = [
            lambda: llm.invoke(turn.messages),
            lambda: laws.read(llm.stream(turn.messages)),
        ]
        for way in ways if number % 2 else reversed(ways):
            response = way()
            laws.is_the_answer(response, turn.answer)
            laws.has_fields(response, **dialect.told(usage_of(number)))

    in_threads(ask, range(1, AT_ONCE + 1))


def test_concurrent_loads_are_one_load(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Threads that load and ask one instance at once all get their answer, and one unload() ends it.

    BerriAI/litellm#20312: of several clients that the first calls made, one was lost.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, load=False)
    ready = threading.Barrier(8)

    def load_and_ask(_: int) -> None:
        ready.wait(DEADLINE)
        assert llm.load() is True
        laws.answers_both_ways(llm, GREETING)

    in_threads(load_and_ask, range(8))
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    llm.unload()

    assert server.wait_until_closed()


def test_instances_on_many_threads_are_independent(target: Target, serve: Serve, dialect: Dialect) -> None:
    """Instances that are loaded and unloaded on many threads at once do not affect one another.

    simonw/llm#1182: a registry that all shared knew a model at one time and not at another.
    """
    server = serve(dialect.answering(GREETING.answer))

    def whole_life(_: int) -> None:
        with target.build(server.url, KEY, timeout=DEADLINE, max_retries=0) as llm:
            laws.answers_both_ways(llm, GREETING)
            laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)

    in_threads(whole_life, range(8))

    assert server.wait_until_closed()


def test_an_instance_works_inside_any_event_loop(play: Play, dialect: Dialect) -> None:
    """One instance answers inside an event loop, inside a second one, and in a thread of a third.

    langchain-ai/langchain#35783, openai/openai-python#1059: what the first loop had made was of no use to
    the second: "Event loop is closed".
    """
    llm = play(dialect.answering(GREETING.answer))

    async def inside() -> None:
        laws.answers_both_ways(llm, GREETING)

    async def beside() -> None:
        await asyncio.to_thread(laws.answers_both_ways, llm, GREETING)

    for main in (inside, inside, beside):
        asyncio.run(main())


def in_threads(ask: Callable[[int], None], numbers: range) -> None:
    """Ask each number in a thread of its own; the first failure is raised."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(ask, numbers))
