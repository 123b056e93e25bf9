"""Requests for chat completions as requests for responses: what each field becomes.

Unit tests beside the scenarios, for fields and parts of messages that the dialogue does not have.
"""

from __future__ import annotations

from typing import Any

import pytest

from provider import LMStudioLLM, OpenAILLM
from provider.chat.carried import ITEMS
from provider.chat.response_requests import response_request

QUESTION = {"role": "user", "content": "Hello"}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "opaque"}
SAID = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}
CALLED = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}


def request(*messages: dict[str, Any], model: str = "tiny", **options: Any) -> dict[str, Any]:
    return response_request({"model": model, "messages": list(messages or (QUESTION,)), **options})


def call(identifier: str = "call_1") -> dict[str, Any]:
    return {"id": identifier, "type": "function", "function": {"name": "look", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ({"type": "text", "text": "Hello"}, {"type": "input_text", "text": "Hello"}),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA==", "detail": "low"}},
            {"type": "input_image", "image_url": "data:image/png;base64,eA==", "detail": "low"},
        ),
        ({"type": "file", "file": {"file_id": "file_1"}}, {"type": "input_file", "file_id": "file_1"}),
        ({"type": "of_tomorrow", "new": 1}, {"type": "of_tomorrow", "new": 1}),
    ],
)
@pytest.mark.parametrize("role", ["user", "tool"])
def test_a_part_has_its_name_there(part: dict[str, Any], sent: dict[str, Any], role: str) -> None:
    message = {"role": role, "content": [part], "tool_call_id": "call_1"}
    (item,) = request(message)["input"]
    assert item["content" if role == "user" else "output"] == [sent]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"max_tokens": 7}, {"max_output_tokens": 7}),
        ({"max_completion_tokens": 7}, {"max_output_tokens": 7}),
        ({"reasoning_effort": "low"}, {"reasoning": {"effort": "low"}}),
        (
            {"reasoning_effort": "low", "reasoning": {"summary": "auto"}},
            {"reasoning": {"summary": "auto", "effort": "low"}},
        ),
        ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": {}}}},
        ),
        ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"tool_choice": "required"}, {"tool_choice": "required"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "look"}}},
            {"tool_choice": {"type": "function", "name": "look"}},
        ),
        ({"temperature": 0, "seed": 1, "stop": ["."]}, {"temperature": 0, "seed": 1, "stop": ["."]}),
        ({"store": True}, {"store": True}),
    ],
)
def test_a_parameter_has_its_name_there(given: dict[str, Any], sent: dict[str, Any]) -> None:
    item = {"type": "message", **QUESTION}
    assert request(**given) == {"model": "tiny", "input": [item], "store": False, **sent}


def test_a_tool_is_strict_only_where_it_says_so() -> None:
    function = {"name": "look", "parameters": {}}
    strict = {"type": "function", "function": {**function, "strict": True}}
    own = {"type": "web_search"}
    assert request(tools=[{"type": "function", "function": function}, strict, own])["tools"] == [
        {"type": "function", "strict": False, **function},
        {"type": "function", "strict": True, **function},
        own,
    ]


def test_reasoning_that_can_be_sent_back_is_asked_of_models_that_reason() -> None:
    """Others refuse it. Where the provider stores the response, it has the reasoning itself."""
    assert request(model="gpt-5-mini")["include"] == ["reasoning.encrypted_content"]
    assert request(model="gpt-5-mini", include=["x"])["include"] == ["x", "reasoning.encrypted_content"]
    assert "include" not in request(model="gpt-5-mini", store=True)
    assert "include" not in request(model="gpt-4.1-mini")


def test_the_items_of_an_answer_are_sent_in_their_order() -> None:
    answer = {"role": "assistant", "content": "Hi", "tool_calls": [call()], ITEMS: [REASONING, CALLED, SAID]}
    assert request(answer)["input"] == [REASONING, CALLED, SAID]


@pytest.mark.parametrize(
    "change", [{"content": "Hello"}, {"tool_calls": [call(), call("call_2")]}, {"tool_calls": None}]
)
def test_an_answer_that_the_caller_has_changed_is_sent_as_changed(change: dict[str, Any]) -> None:
    answer = {"role": "assistant", "content": "Hi", "tool_calls": [call()], ITEMS: [REASONING, CALLED, SAID]}
    changed = {**answer, **change}
    said, *calls = request(changed)["input"]
    assert said["content"][0]["text"] == changed["content"]
    assert [each["call_id"] for each in calls] == [each["id"] for each in changed["tool_calls"] or []]


def test_a_refusal_is_what_the_answer_said() -> None:
    (said,) = request({"role": "assistant", "content": None, "refusal": "No."})["input"]
    assert said["content"][0]["text"] == "No."


@pytest.mark.parametrize("backend", [OpenAILLM, LMStudioLLM])
def test_an_api_that_nobody_knows_is_refused(backend: Any) -> None:
    with pytest.raises(ValueError, match="'messages': it must be chat_completions or responses"):
        backend("tiny", api="messages")
