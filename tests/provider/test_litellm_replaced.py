"""An application's tests replace ``litellm.completion``: its arguments, and whatever it returns or raises.

No scenario can ask this: a target's answers come from a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

import pytest

from provider import LiteLLM, LLMResponse
from provider.errors import LLMProviderError
from tests.provider.made_answers import CALL, every_form
from tests.provider.routes import ANSWER, KEY, QUESTION, ask, invoked_and_streamed

pytestmark = pytest.mark.parametrize("label", ["litellm@openai"])  # keeps litellm on one worker of xdist
PROXY = "http://localhost:4000"


def answered(returned: Any, how: str) -> LLMResponse:
    """The response where ``litellm.completion`` returns ``returned``, or raises it."""
    kwargs = {"side_effect" if isinstance(returned, Exception) else "return_value": returned}
    with patch("litellm.completion", **kwargs), LiteLLM("openai/m", KEY, PROXY, max_retries=0) as llm:
        return ask(llm, how)


@every_form
def test_an_answer_without_content_is_empty(form: Callable[[Any], Any], label: str) -> None:
    del label
    message = {"content": None, "tool_calls": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}

    response = answered(form({"choices": [choice]}), "invoke")

    assert (response.content, response.tool_calls, response.error) == ("", [], None)


def test_a_mock_without_an_answer_is_malformed(label: str) -> None:
    del label
    assert answered(MagicMock(), "invoke").error_kind == "malformed_response"


@pytest.mark.parametrize("url", [PROXY, "http://localhost:4000/v1", "http://localhost:4000/any/path"])
@invoked_and_streamed
def test_the_base_url_is_the_api_base(how: str, url: str, label: str) -> None:
    del label
    with patch("litellm.completion") as completion, LiteLLM("openai/m", KEY, url, max_retries=0) as llm:
        ask(llm, how)

    assert completion.call_args.kwargs["api_base"] == url


@every_form
def test_the_returned_answer_is_the_response(form: Callable[[Any], Any], label: str) -> None:
    del label
    message = {"role": "assistant", "content": ANSWER.text, "tool_calls": [CALL]}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}

    response = answered(form({"choices": [choice], "usage": usage}), "invoke")

    assert response.error is None
    assert (response.content, response.finish_reason) == (ANSWER.text, "tool_calls")
    assert response.tool_calls == [{"id": "call_1", **CALL["function"]}]
    assert (response.prompt_tokens, response.completion_tokens) == (7, 5)


@every_form
@pytest.mark.parametrize("container", [list, iter, lambda chunks: (chunk for chunk in chunks)])
def test_the_chunks_of_the_returned_iterator_are_the_deltas(
    container: Callable[[Any], Any], form: Callable[[Any], Any], label: str
) -> None:
    del label
    chunks = [form({"choices": [{"index": 0, "delta": {"content": text}}]}) for text in ("Four", " words")]

    response = answered(container(chunks), "stream")

    assert (response.content, response.error) == ("Four words", None)


@pytest.mark.parametrize(
    "name",
    ["openai/gpt-4o", "gpt-4o", "anthropic/claude-sonnet-4-6", "gemini/m", "cohere/m", "bedrock/m", "xai/m"],
)
@invoked_and_streamed
def test_what_a_mock_was_not_given_is_not_told(how: str, name: str, label: str) -> None:
    """Asked as an application's tests do it: ``loaded`` is set, and no key is there."""
    del label
    answer = MagicMock()
    answer.choices = [MagicMock()]
    answer.choices[0].message.content = answer.choices[0].delta.content = "Hello"
    llm = LiteLLM(name, max_retries=0)
    llm.loaded = True

    with patch("litellm.completion", return_value=[answer] if how == "stream" else answer) as completion:
        response = ask(llm, how)
    llm.unload()

    assert (response.content, response.tool_calls, response.reasoning) == ("Hello", [], "")
    assert (response.finish_reason, response.error) == (None, None)
    counts = (response.prompt_tokens, response.cached_prompt_tokens, response.completion_tokens)
    assert counts == (None, None, None)
    assert (completion.call_args.kwargs["model"], completion.call_args.kwargs["drop_params"]) == (name, True)


def test_a_generator_is_closed_with_the_stream(label: str) -> None:
    del label
    closed = []

    def chunks() -> Iterator[Any]:
        try:
            while True:
                yield {"choices": [{"delta": {"content": "again "}}]}
        finally:
            closed.append(True)

    with patch("litellm.completion", return_value=chunks()), LiteLLM("openai/m", KEY, PROXY) as llm:
        stream = llm.stream(QUESTION)
        next(stream)
        stream.close()

    assert closed == [True]


@pytest.mark.parametrize("form", [MagicMock, lambda: None, lambda: SimpleNamespace(choices=[])])
def test_an_answer_without_a_message_is_malformed(form: Callable[[], Any], label: str) -> None:
    del label
    nothing = form()
    if isinstance(nothing, MagicMock):
        nothing.choices = []

    assert answered(nothing, "invoke").error_kind == "malformed_response"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RateLimitError", "rate_limit"),
        ("AuthenticationError", "authentication"),
        ("InternalServerError", "server"),
        ("ServiceUnavailableError", "overloaded"),
        ("Timeout", "timeout"),
        ("APIConnectionError", "connection"),
    ],
)
@invoked_and_streamed
def test_what_is_raised_has_its_kind(how: str, name: str, kind: str, label: str) -> None:
    del label
    import litellm

    assert answered(getattr(litellm, name)("failed", "openai", "m"), how).error_kind == kind


@invoked_and_streamed
def test_an_overflow_is_raised(how: str, label: str) -> None:
    del label
    import litellm

    with pytest.raises(LLMProviderError, match="too long") as raised:
        answered(litellm.ContextWindowExceededError("too long", "m", "openai"), how)
    assert raised.value.code == "context_limit"
