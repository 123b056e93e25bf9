"""What only Groq has: its field for the usage, and tool calls that fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.testing import USAGE, Dialect, Play, laws, reply, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("groq")]

GREETING = text.GREETING

NO_CALL: dict[str, Any] = {
    "message": "Tool choice is required, but model did not call a tool",
    "type": "invalid_request_error",
    "code": "tool_use_failed",
    "failed_generation": "maybe",
}


def test_a_usage_in_x_groq_is_read(play: Play, dialect: Dialect) -> None:
    """A usage that is sent in ``x_groq`` of the last chunk alone is read."""
    *events, last, done = dialect.events(GREETING.answer)
    chunk = json.loads(last.removeprefix(b"data: "))
    del chunk["usage"]
    assert chunk["x_groq"]["usage"]
    changed = [*events, f"data: {json.dumps(chunk)}\n\n".encode(), done]
    llm = play(dialect.streamed(changed))

    response = laws.read(llm.stream(GREETING.messages))

    laws.is_the_answer(response, GREETING.answer)
    assert (response.prompt_tokens, response.completion_tokens, response.cached_prompt_tokens) == (
        USAGE.prompt_tokens,
        USAGE.completion_tokens,
        USAGE.cached_tokens,
    )


def test_a_failed_tool_call_is_a_bad_request(play: Play, dialect: Dialect) -> None:
    """A tool call that the model failed to make is a ``bad_request``, by invoke and inside a stream.

    The stream ends with neither a finish reason nor ``[DONE]``; its text is kept.
    """
    *begun, _, _ = dialect.events(text.COUNT.answer)
    error = {**NO_CALL, "status_code": 400}
    events = [*begun, f"event: error\ndata: {json.dumps({'error': error})}\n\n".encode()]
    asked = {"tools": [tools.WEATHER], "tool_choice": "required"}
    invoked = play(reply({"error": NO_CALL}, 400)).invoke(text.COUNT.messages, **asked)
    llm = play(dialect.streamed(events))
    streamed = laws.read(llm.stream(text.COUNT.messages, **asked))

    for response in (invoked, streamed):
        laws.failed_as(response, "bad_request")
        assert NO_CALL["message"] in str(response.error)
        assert response.tool_calls == []
    assert streamed.content == text.COUNT.answer.text
