"""An application's tests replace what OpenAILLM sends with: the SDK's class, its ``create``, or the client.

No scenario can ask this: a target's answers come from a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

import httpx
import openai
import pytest

from provider import LLMProviderError, OpenAILLM
from tests.provider.made_answers import CALL, every_form
from tests.provider.routes import ANSWER, KEY, QUESTION, ask, invoked_and_streamed

Answers = Callable[..., Any]


@contextmanager
def class_replaced(create: Answers) -> Iterator[OpenAILLM]:
    with patch("openai.OpenAI") as made, OpenAILLM("gpt-5", KEY, max_retries=0) as llm:
        made.return_value.chat.completions.create = create
        yield llm


@contextmanager
def create_replaced(create: Answers) -> Iterator[OpenAILLM]:
    target = "openai.resources.chat.completions.Completions.create"
    with patch(target, create), OpenAILLM("gpt-5", KEY, max_retries=0) as llm:
        yield llm


@contextmanager
def client_given(create: Answers) -> Iterator[OpenAILLM]:
    llm = OpenAILLM("gpt-5", prompt_cache_key="7", max_retries=0)
    llm.client = SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=create)))
    llm.loaded = True
    yield llm
    llm.unload()


however_replaced = pytest.mark.parametrize("replaced", [class_replaced, create_replaced, client_given])
Replaced = Any


@however_replaced
@every_form
def test_the_returned_answer_is_the_response(form: Callable[[Any], Any], replaced: Replaced) -> None:
    message = {"role": "assistant", "content": ANSWER.text, "tool_calls": [CALL]}
    usage = {"prompt_tokens": 1500, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 1024}}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}

    with replaced(MagicMock(return_value=form({"choices": [choice], "usage": usage}))) as llm:
        response = ask(llm, "invoke")

    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "tool_calls")
    assert response.tool_calls == [{"id": "call_1", **CALL["function"]}]
    assert (response.prompt_tokens, response.completion_tokens) == (1500, 5)
    assert (llm.last_prompt_tokens, llm.last_cached_prompt_tokens) == (1500, 1024)


@however_replaced
@every_form
@pytest.mark.parametrize("container", [list, iter, lambda chunks: (chunk for chunk in chunks)])
def test_the_returned_chunks_are_the_deltas(
    container: Callable[[Any], Any], form: Callable[[Any], Any], replaced: Replaced
) -> None:
    chunks = [form({"choices": [{"index": 0, "delta": {"content": text}}]}) for text in ("Four", " words")]

    with replaced(MagicMock(return_value=container(chunks))) as llm:
        stream = llm.stream(QUESTION)
        assert list(stream) == ["Four", " words"]

    assert (stream.response.content, stream.response.error) == ("Four words", None)


@however_replaced
@invoked_and_streamed
def test_what_a_mock_was_not_given_is_not_told(how: str, replaced: Replaced) -> None:
    answer = MagicMock()
    answer.choices = [MagicMock()]
    answer.choices[0].message.content = answer.choices[0].delta.content = "Hello"

    with replaced(MagicMock(return_value=[answer] if how == "stream" else answer)) as llm:
        response = ask(llm, how)

    assert (response.content, response.tool_calls, response.reasoning) == ("Hello", [], "")
    assert (response.finish_reason, response.error) == (None, None)
    counts = (response.prompt_tokens, response.cached_prompt_tokens, response.completion_tokens)
    assert counts == (None, None, None)
    assert response.as_message() == {"role": "assistant", "content": "Hello"}


@however_replaced
@invoked_and_streamed
def test_what_is_raised_has_its_kind(how: str, replaced: Replaced) -> None:
    response = httpx.Response(429, request=httpx.Request("POST", "http://127.0.0.1"))
    limited = openai.RateLimitError("Rate limit reached: tokens per min", response=response, body=None)

    with replaced(MagicMock(side_effect=limited)) as llm:
        assert ask(llm, how).error_kind == "rate_limit"


@however_replaced
@invoked_and_streamed
def test_an_overflow_is_raised(how: str, replaced: Replaced) -> None:
    overflow = RuntimeError("This model's maximum context length is 8192 tokens")

    with replaced(MagicMock(side_effect=overflow)) as llm, pytest.raises(LLMProviderError) as raised:
        ask(llm, how)

    assert raised.value.code == "context_limit"


def test_a_given_client_gets_the_parameters_as_arguments() -> None:
    create = MagicMock(return_value={"choices": [{"message": {"content": "ok"}}]})

    with client_given(create) as llm:
        llm.invoke(QUESTION, temperature=0)

    assert create.call_args.kwargs == {
        "model": "gpt-5",
        "messages": QUESTION,
        "temperature": 0,
        "prompt_cache_key": "7",
    }


def test_a_broken_stream_keeps_its_text_and_a_generator_is_closed() -> None:
    def chunks() -> Iterator[Any]:
        yield {"choices": [{"delta": {"content": "Half"}}]}
        raise ConnectionResetError("gone")

    with client_given(MagicMock(return_value=chunks())) as llm:
        response = ask(llm, "stream")

    assert (response.content, response.error_kind) == ("Half", "connection")
