"""What only Cohere's wire can do wrong: plans beside calls, finish reasons and errors of its own.

Scripts: no test may reach Cohere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.testing import (
    USAGE,
    Answer,
    Build,
    Dialect,
    Serve,
    always,
    cohere,
    laws,
    reply,
    structured,
    text,
    tools,
)

pytestmark = [pytest.mark.core, pytest.mark.dialects("cohere")]

TURN = text.COUNT

REASONS = {
    "COMPLETE": ("stop", None),
    "STOP_SEQUENCE": ("stop", None),
    "MAX_TOKENS": ("length", None),
    "SOMETHING_NEW": ("SOMETHING_NEW", None),
    "ERROR": ("error", "server"),
    "ERROR_TOXIC": ("content_filter", "content_filter"),
}
"""Why an answer ended, in Cohere's words and the contract's, and the error that it is."""

ENDINGS: dict[str, tuple[Mapping[str, Any], str]] = {
    "in-words": ({"finish_reason": "ERROR", "error": "the model is overloaded"}, "overloaded"),
    "odd-words": ({"finish_reason": "ERROR", "error": "generation failed"}, "server"),
    "timeout": ({"finish_reason": "TIMEOUT"}, "timeout"),
}
"""What a message that failed may end with, and its kind."""


@pytest.mark.parametrize("reason", REASONS)
def test_finish_reasons_are_translated(reason: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """Each finish reason is translated into one of the contract; an unknown one is passed on, and the
    text is kept.

    BerriAI/litellm#33320, mozilla-ai/any-llm#1301: an answer cut at its limit looked complete.
    """
    ours, kind = REASONS[reason]
    llm = build(serve(dialect.answering(TURN.answer, finish_reason=reason)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.has_fields(response, content=TURN.answer.text, finish_reason=ours, error_kind=kind)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_error_in_the_last_event_is_reported_with_the_text(
    ending: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream whose last event is an error is reported with the kind of that error, and the text is
    kept.
    """
    delta, kind = ENDINGS[ending]
    events = dialect.events(TURN.answer)
    begun = events[: len(events) // 2]
    script = dialect.streamed([*begun, cohere.event("message-end", delta=delta), events[-1]])
    llm = build(serve(always(script)).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.failed_as(response, kind)
    assert response.content
    assert TURN.answer.text.startswith(response.content)


def test_a_tool_plan_is_the_content(serve: Serve, build: Build, dialect: Dialect) -> None:
    """The tool plan that is sent beside tool calls is the content of the answer.

    vllm-project/vllm#56263: text beside a call is not lost. Each call is an object, not a list of one.
    """
    told = Answer("I will look up both cities.", calls=tools.PARALLEL.answer.calls)
    llm = build(serve(dialect.answering(told)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)
        assert [call["id"] for call in response.tool_calls] == dialect.opaque(told)


def test_thinking_blocks_are_reasoning(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Thinking blocks of the content become ``reasoning``, invoked and streamed."""
    told = Answer("Yes.", reasoning="First this,\nthen < that >.")
    llm = build(serve(dialect.answering(told)).url)

    for response in (llm.invoke(TURN.messages), laws.read(llm.stream(TURN.messages))):
        laws.is_the_answer(response, told)


def test_text_blocks_are_joined(serve: Serve, build: Build, dialect: Dialect) -> None:
    """The text of an answer that has several text blocks is joined."""
    body = dialect.completion(TURN.answer)
    body["message"]["content"] = [{"type": "text", "text": word} for word in ("one, ", "two")]
    llm = build(serve(always(reply(body))).url)

    assert llm.invoke(TURN.messages).content == "one, two"


def test_token_counts_may_be_floats(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Token counts that are sent as floats are read as integers, and billed units are not read."""
    floats = {"input_tokens": float(USAGE.prompt_tokens), "output_tokens": float(USAGE.completion_tokens)}
    body = dialect.completion(TURN.answer)
    body["usage"]["tokens"] = floats
    llm = build(serve(always(reply(body))).url)

    response = llm.invoke(TURN.messages)

    laws.well_formed(response)
    laws.has_fields(response, prompt_tokens=USAGE.prompt_tokens, completion_tokens=USAGE.completion_tokens)


def test_a_stream_may_end_without_done(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream that ends with ``message-end`` is complete, with ``[DONE]`` behind it and without."""
    script = dialect.streamed(dialect.events(TURN.answer)[:-1])
    llm = build(serve(always(script)).url)

    response = laws.read(llm.stream(TURN.messages))

    laws.is_the_answer(response, TURN.answer)
    assert response.completion_tokens == USAGE.completion_tokens


def test_a_response_schema_reaches_the_wire(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A response schema is sent in the form that Cohere documents.

    https://docs.cohere.com/v2/docs/structured-outputs
    """
    server = serve(dialect.answering(structured.PERSON.answer))

    build(server.url).invoke(structured.PERSON.messages, **structured.PERSON.params)

    [request] = dialect.chat_requests(server.requests)
    wanted = structured.PERSON.params["response_format"]["json_schema"]["schema"]
    assert request.json()["response_format"] == {"type": "json_object", "json_schema": wanted}
