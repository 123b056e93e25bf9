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
from tests.provider.routes import ANSWER, KEY, QUESTION, ask, invoked_and_streamed

pytestmark = pytest.mark.parametrize("label", ["litellm@openai"])  # keeps litellm on one worker of xdist
PROXY = "http://localhost:4000"
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
}


def namespace(value: Any) -> Any:
    """JSON as objects with attributes."""
    if isinstance(value, list):
        return [namespace(item) for item in value]
    return (
        SimpleNamespace(**{k: namespace(v) for k, v in value.items()}) if isinstance(value, dict) else value
    )


def model(value: dict[str, Any]) -> Any:
    """JSON as a model of litellm's."""
    from litellm import ModelResponse, ModelResponseStream

    streamed = "delta" in value["choices"][0]
    return ModelResponseStream(**value) if streamed else ModelResponse(**value)


def mock(value: dict[str, Any]) -> Any:
    """JSON as a mock with attributes, of which all others exist as well."""
    made = MagicMock()
    for name, each in value.items():
        setattr(made, name, _mocked(name, each))
    return made


def _mocked(name: str, value: Any) -> Any:
    if name == "tool_calls":  # the name of a mock is not an attribute that can be given
        return namespace(value)
    if isinstance(value, list):
        return [mock(item) for item in value]
    return mock(value) if isinstance(value, dict) else value


def indexed_mock(value: dict[str, Any]) -> Any:
    """The same, with only the first item of its choices set."""
    made = mock(value)
    choices, made.choices = made.choices, MagicMock()
    made.choices.__getitem__.side_effect = lambda index: choices[index]
    return made


every_form = pytest.mark.parametrize("form", [dict, namespace, model, mock, indexed_mock])


def answered(returned: Any, how: str) -> LLMResponse:
    """The response where ``litellm.completion`` returns ``returned``, or raises it."""
    kwargs = {"side_effect" if isinstance(returned, Exception) else "return_value": returned}
    with patch("litellm.completion", **kwargs), LiteLLM("openai/m", KEY, PROXY, max_retries=0) as llm:
        return ask(llm, how)


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
    assert response.tool_calls == [{"id": "call_1", **CALL["function"]}]  # type: ignore[dict-item]
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
