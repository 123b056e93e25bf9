"""The caller's messages as they are sent, beyond what the scenarios of history ask.

No recording tests: the loopback server shows what is sent, and bad input is not sent at all.
"""

from __future__ import annotations

import copy
import re
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider import LLMProviderError
from provider.chat.call_ids import MISTRAL
from provider.chat.messages import normalised
from tests.provider.routes import (
    ANSWER,
    LITELLM,
    LITELLM_ANTHROPIC,
    LMSTUDIO,
    OPENAI,
    Route,
    ask,
    every_route,
    invoked_and_streamed,
    routes,
)

USER = {"role": "user", "content": "Hello"}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def calling(*calls: Any, content: Any = None) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def result(content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "a", "content": content}


def sent(message: dict[str, Any]) -> dict[str, Any]:
    """The message as it is sent; checks that the original is unchanged."""
    before = copy.deepcopy(message)
    (normal,) = normalised([message], None)
    assert message == before
    return normal


def test_a_call_in_the_shape_of_a_response_becomes_one_of_the_wire() -> None:
    flat = {"id": "a", "name": "f", "arguments": '{"x": 1}'}

    assert sent(calling(flat))["tool_calls"] == [CALL]


def test_missing_content_beside_no_calls_is_empty_text() -> None:
    assert sent({"role": "assistant"})["content"] == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"city": "Zürich"}, '{"city": "Zürich"}'),
        ([{"type": "PushEvent", "id": 1}], '[{"type": "PushEvent", "id": 1}]'),
        ([], "[]"),
        ({}, "{}"),
        (0, "0"),
        (False, "false"),
    ],
    ids=repr,
)
def test_the_result_of_a_tool_becomes_text(content: Any, expected: str) -> None:
    """LM Studio 0.3.30 refuses objects (bug tracker #1077)."""
    assert sent(result(content))["content"] == expected


@pytest.mark.parametrize("role", ["user", "system", "assistant", "tool"])
def test_content_parts_are_kept(role: str) -> None:
    parts = [
        {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]

    assert sent({"role": role, "content": parts})["content"] == parts


def test_messages_may_come_from_any_iterable() -> None:
    assert normalised(iter([USER]), None) == normalised((USER,), None) == [USER]


BAD: dict[str, tuple[Any, str]] = {
    "one message": (USER, "messages must be a list"),
    "null among them": ([USER, None], "messages[1] must be a mapping"),
    "a role that is not a string": ([{"role": ["user"], "content": "?"}], "messages[0] has the role"),
    "calls that are not a list": ([USER, {**calling(), "tool_calls": 5}], "messages[1].tool_calls must be"),
    "a call that is not an object": (
        [USER, calling(CALL, "f")],
        "messages[1].tool_calls[1] is not a tool call",
    ),
    "arguments beyond JSON": (
        [calling({"id": "a", "function": {"name": "f", "arguments": {"x": {1}}}})],
        "messages[0].tool_calls[0].function.arguments.x is of the type set",
    ),
    "a result beyond JSON": ([USER, result([1, b"2"])], "messages[1].content[1] is of the type bytes"),
    "a part beyond JSON": (
        [{"role": "user", "content": [{"type": "text", "text": threading.Lock}]}],
        "messages[0].content[0].text is of the type",
    ),
}


@pytest.mark.parametrize(("messages", "named"), BAD.values(), ids=BAD.keys())
def test_bad_messages_are_refused_by_name(messages: Any, named: str) -> None:
    with pytest.raises(LLMProviderError) as raised:
        normalised(messages, None)

    assert raised.value.kind == "bad_request"
    assert raised.value.message.startswith(named)


def is_refused_unsent(route: Route, how: str, messages: Any, **kwargs: Any) -> None:
    with route.speaking(route.dialect.answering(ANSWER), max_retries=2) as (llm, server):
        response = ask(llm, how, messages, **kwargs)

        assert route.chat_requests(server) == []

    assert response.error_kind == "bad_request"
    assert not response.retryable


@every_route
@invoked_and_streamed
@pytest.mark.parametrize(
    "given", [{"temperature": object()}, {"extra_headers": {"x-name": "Zoë"}}], ids=["object", "header"]
)
def test_arguments_that_no_request_can_carry_are_a_bad_request_and_not_tried_again(
    route: Route, how: str, given: dict[str, Any]
) -> None:
    is_refused_unsent(route, how, [USER], **given)


@routes(OPENAI, LMSTUDIO, LITELLM)
@invoked_and_streamed
def test_half_a_surrogate_pair_is_a_bad_request_and_not_tried_again(route: Route, how: str) -> None:
    """UTF-8 cannot encode it; Python puts some into a file name that is not UTF-8."""
    is_refused_unsent(route, how, [{"role": "user", "content": "caf\udce9.txt"}])


@routes(LITELLM_ANTHROPIC)
@invoked_and_streamed
def test_the_metadata_of_the_caller_are_not_changed(route: Route, how: str) -> None:
    """litellm writes parameters of its own into the ``metadata`` that it is given."""
    metadata = {"user_id": "ada"}

    with route.speaking(route.dialect.answering(ANSWER)) as (llm, _):
        assert ask(llm, how, [USER], metadata=metadata).error is None

    assert metadata == {"user_id": "ada"}


@every_route
def test_invoke_gives_one_answer_though_a_stream_is_asked_for(route: Route) -> None:
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        response = llm.invoke([USER], stream=True)

        assert not route.dialect.wants_stream(route.chat_requests(server)[0])

    assert (response.content, response.error) == (ANSWER.text, None)


@given(st.text(min_size=1))
def test_ids_fit_mistral_whatever_they_were(identifier: str) -> None:
    call = {**CALL, "id": identifier}
    result = {"role": "tool", "tool_call_id": identifier, "content": "1"}
    history = [USER, {"role": "assistant", "content": "", "tool_calls": [call]}, result]

    _, called, answered = normalised(history, None, id_form=MISTRAL)

    assert re.fullmatch("[A-Za-z0-9]{9}", answered["tool_call_id"])
    assert called["tool_calls"][0]["id"] == answered["tool_call_id"]
    assert normalised(history, None, id_form=MISTRAL)[2] == answered
