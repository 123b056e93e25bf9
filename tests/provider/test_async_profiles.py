"""Profiles and the router for applications with an event loop, and synchronous backends in threads.

No recording tests: what is tested is decided before anything is sent, or is about connections.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from provider import (
    AsyncLiteLLM,
    AsyncLLMRouter,
    AsyncLMStudioLLM,
    AsyncOpenAILLM,
    LLMResponse,
    LLMStream,
    OpenAILLM,
    build_llm_from_profile,
    in_threads,
)
from provider.base import AsyncBaseLLM
from tests.provider.async_backends import DEADLINE, DIALECT, SilentOnce, left, read, served
from tests.provider.routes import ANSWER, KEY, QUESTION, invoked_and_streamed
from tests.provider.test_async_cancelling import Cancel, by_a_scope, by_its_task

answering = DIALECT.answering(ANSWER)


def openai_in_threads(*args: Any, **options: Any) -> AsyncBaseLLM:
    return in_threads(OpenAILLM(*args, **options))


@pytest.mark.parametrize(
    ("name", "built"),
    [
        (None, AsyncOpenAILLM),
        ("OpenAILLM", AsyncOpenAILLM),
        ("LMStudioLLM", AsyncLMStudioLLM),
        ("LiteLLM", AsyncLiteLLM),
    ],
)
def test_a_profile_builds_the_asynchronous_class_of_its_name(name: str | None, built: type) -> None:
    profile = {"llm_service_class": name, "llm_context_size": 7, "prompt_cache_key": "mine"}

    llm = build_llm_from_profile("tiny", profile, asynchronous=True)

    assert type(llm) is built
    assert (llm.model_name, llm.context_size, llm.loaded) == ("tiny", 7, False)
    assert vars(llm)["prompt_cache_key"] == "mine"


def test_a_backend_in_threads_tells_what_is_behind_it() -> None:
    assert repr(in_threads(OpenAILLM("tiny"))) == "in_threads(<OpenAILLM tiny (not loaded)>)"


def test_the_router_behaves_as_the_default_profile() -> None:
    async def main() -> None:
        profile = {"llm_endpoint": server.url, "llm_api_key": KEY}
        router = AsyncLLMRouter({"first": profile, "second": profile}, "second")
        assert router.model_name == "second"
        async with router:
            assert [each["loaded"] for each in router.list_llms()] == [False, True]
            for how in ("invoke", "stream"):
                assert (await read(router, how)).content == ANSWER.text
            await router.remove_llm("second")
            assert router.model_name == "first"
            await router.add_llm("first", {**profile, "llm_context_size": 9})
            assert router.context_size == 9
        assert server.requests[-1].json()["model"] == "second"

    with served(AsyncOpenAILLM, answering) as (_, server):
        asyncio.run(main())


@invoked_and_streamed
def test_a_router_without_profiles_is_not_loaded(how: str) -> None:
    async def main() -> str | None:
        router = AsyncLLMRouter()
        assert await router.load() is False
        return (await read(router, how)).error_code

    assert asyncio.run(main()) == "not_loaded"


@invoked_and_streamed
def test_a_synchronous_backend_in_threads(how: str) -> None:
    async def main() -> None:
        async with llm:
            assert llm.loaded
            response = await read(llm, how)
            assert (response.content, llm.last_prompt_tokens) == (ANSWER.text, response.prompt_tokens)

    with served(openai_in_threads, answering) as (llm, server):
        asyncio.run(main())
        assert server.wait_until_closed(DEADLINE)


@invoked_and_streamed
@pytest.mark.parametrize("cancel", [by_its_task, by_a_scope])
def test_a_cancelled_call_in_a_thread_ends_for_its_caller(how: str, cancel: Cancel) -> None:
    """Unloading frees its connection; the thread cannot be cancelled."""
    silent = SilentOnce()

    async def main() -> None:
        async with llm:
            await cancel(read(llm, how), silent)
        assert await left(server)

    with served(openai_in_threads, silent, timeout=2 * DEADLINE) as (llm, server):
        asyncio.run(main())


def test_a_stream_that_is_left_is_closed_by_its_own_close() -> None:
    closed: list[str] = []

    class Noting(LLMStream):
        def close(self) -> None:
            closed.append("closed")
            super().close()

    class Synchronous(OpenAILLM):
        def stream(self, *_: Any, **__: Any) -> LLMStream:
            return Noting(two_deltas)

    def two_deltas() -> Any:
        yield "one"
        yield "two"
        return LLMResponse("onetwo")

    async def main() -> None:
        async with in_threads(Synchronous("tiny")).stream(QUESTION) as deltas:
            assert await anext(deltas) == "one"
        assert closed == ["closed"]

    asyncio.run(main())


def test_a_stream_in_threads_that_is_left_frees_its_connection() -> None:
    async def main() -> None:
        async with llm:
            async with llm.stream(QUESTION) as deltas:
                assert await anext(deltas)
            assert await left(server)

    with served(openai_in_threads, SilentOnce()) as (llm, server):
        asyncio.run(main())
