"""What only Groq says: its budget of tokens, its usage, and a failure after the answer has begun."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.testing import USAGE, Build, Dialect, Serve, always, laws, reply, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("groq")]

GREETING = text.GREETING

TOO_LARGE = {
    "message": "Request too large for model `openai/gpt-oss-120b` in organization `org_x` service tier"
    " `on_demand` on tokens per minute (TPM): Limit 8000, Requested 20449, please reduce your message size"
    " and try again.",
    "type": "tokens",
    "code": "rate_limit_exceeded",
}
NO_CALL: dict[str, Any] = {
    "message": "Tool choice is required, but model did not call a tool",
    "type": "invalid_request_error",
    "code": "tool_use_failed",
    "failed_generation": "maybe",
}


def test_a_413_about_tokens_per_minute_is_a_rate_limit(serve: Serve, build: Build) -> None:
    """A 413 about tokens per minute is reported as ``rate_limit``.

    openclaw/openclaw#147644, tashfeenahmed/freellmapi#254: it was compacted, again and again.
    """
    llm = build(serve(always(reply({"error": TOO_LARGE}, 413))).url)

    for response in (llm.invoke(GREETING.messages), laws.read(llm.stream(GREETING.messages))):
        laws.failed_as(response, "rate_limit")
        assert response.status == 413
        assert "Requested 20449" in str(response.error)


def test_a_usage_in_x_groq_is_read(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A usage that is sent in ``x_groq`` of the last chunk alone is read."""
    *events, last, done = dialect.events(GREETING.answer)
    chunk = json.loads(last.removeprefix(b"data: "))
    del chunk["usage"]
    assert chunk["x_groq"]["usage"]
    told = [*events, f"data: {json.dumps(chunk)}\n\n".encode(), done]
    llm = build(serve(always(dialect.streamed(told))).url)

    response = laws.read(llm.stream(GREETING.messages))

    laws.is_the_answer(response, GREETING.answer)
    assert (response.prompt_tokens, response.completion_tokens, response.cached_prompt_tokens) == (
        USAGE.prompt_tokens,
        USAGE.completion_tokens,
        USAGE.cached_tokens,
    )


def test_a_failed_tool_call_is_a_bad_request(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A tool call that the model failed to make is reported as ``bad_request``, by invoke and inside a
    stream.

    The stream ends with neither a finish reason nor ``[DONE]``; its text is kept.
    """
    *begun, _, _ = dialect.events(text.COUNT.answer)
    error = {**NO_CALL, "status_code": 400}
    events = [*begun, f"event: error\ndata: {json.dumps({'error': error})}\n\n".encode()]
    asked = {"tools": [tools.WEATHER], "tool_choice": "required"}
    invoked = build(serve(always(reply({"error": NO_CALL}, 400))).url).invoke(text.COUNT.messages, **asked)
    llm = build(serve(always(dialect.streamed(events))).url)
    streamed = laws.read(llm.stream(text.COUNT.messages, **asked))

    for response in (invoked, streamed):
        laws.failed_as(response, "bad_request")
        assert NO_CALL["message"] in str(response.error)
        assert response.tool_calls == []
    assert streamed.content == text.COUNT.answer.text


def test_tool_calls_without_a_call_is_stop(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A text with the finish reason ``tool_calls`` and without a call is reported with the finish reason
    ``stop``.

    vllm-project/vllm#53363. litellm does it too: it demands an object from older models by a tool, and takes
    only the call back.
    """
    llm = build(serve(dialect.answering(GREETING.answer, finish_reason="tool_calls")).url)

    for response in (llm.invoke(GREETING.messages), laws.read(llm.stream(GREETING.messages))):
        laws.is_the_answer(response, GREETING.answer)
