"""An application's tests replace what AsyncOpenAILLM sends with, as they do for OpenAILLM.

No scenario can ask this: a target's answers come from a server.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest

from provider import AsyncOpenAILLM, LLMResponse
from tests.provider.async_backends import read
from tests.provider.routes import KEY, QUESTION


def with_answer(answer: Any) -> AsyncOpenAILLM:
    """A backend whose client is a test's."""
    create = AsyncMock(return_value=answer)
    llm = AsyncOpenAILLM("gpt-5", max_retries=0)
    llm.client = SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=create)))
    llm.loaded = True
    return llm


@pytest.mark.parametrize("form", [dict, lambda fields: SimpleNamespace(**fields)])
def test_the_returned_answer_is_the_response(form: Any) -> None:
    choice = {"message": {"content": "Four words"}, "finish_reason": "stop"}
    response = asyncio.run(read(with_answer(form({"choices": [choice]})), "invoke"))
    assert (response.content, response.finish_reason) == ("Four words", "stop")


def test_the_returned_chunks_are_the_deltas_and_are_closed() -> None:
    closed: list[str] = []

    async def chunks() -> Any:
        try:
            for text in ("Four", " words"):
                yield {"choices": [{"index": 0, "delta": {"content": text}}]}
        finally:
            closed.append("closed")

    async def leave() -> None:
        async with with_answer(chunks()).stream(QUESTION) as deltas:
            assert await anext(deltas) == "Four"
        assert closed == ["closed"]

    asyncio.run(leave())
    response = asyncio.run(read(with_answer(chunks()), "stream"))
    assert (response.content, response.error) == ("Four words", None)


def test_the_class_of_the_sdk_is_replaced() -> None:
    async def main() -> LLMResponse:
        async with AsyncOpenAILLM("gpt-5", KEY) as llm:
            return await llm.invoke(QUESTION)

    with patch("openai.AsyncOpenAI") as made:
        answer = {"choices": [{"message": {"content": "Hello"}}]}
        made.return_value.chat.completions.create = AsyncMock(return_value=answer)
        assert asyncio.run(main()).content == "Hello"
