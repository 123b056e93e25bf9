"""What only Snowflake has: models of others than OpenAI's send no finish reason.

Scripts, in the form of recorded answers.
"""

from __future__ import annotations

import pytest

from conformance.testing import Answer, Dialect, Play, laws, reply, text, tools

pytestmark = [pytest.mark.core, pytest.mark.dialects("snowflake")]

ANSWERS: dict[str, tuple[Answer, str | None]] = {
    "text": (text.GREETING.answer, None),
    "calls": (tools.PARALLEL.answer, "tool_calls"),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_no_finish_reason_is_invented(
    answer: Answer, reason: str | None, play: Play, dialect: Dialect
) -> None:
    """An answer whose finish reason is empty has none, or ``tool_calls`` where it calls tools."""
    body = dialect.completion(answer)
    body["choices"][0]["finish_reason"] = ""

    response = play(reply(body)).invoke(text.GREETING.messages)

    laws.has_fields(response, error=None, content=answer.text, finish_reason=reason)
    assert laws.calls_of(response) == [(call.name, call.arguments) for call in answer.calls]


def test_a_stream_without_a_finish_reason_is_complete(play: Play, dialect: Dialect) -> None:
    """A stream in which no chunk has a finish reason is complete by its ``[DONE]``."""
    events = dialect.events(text.GREETING.answer)
    llm = play(dialect.streamed([event for event in events if b"finish_reason" not in event]))

    response = laws.read(llm.stream(text.GREETING.messages))

    laws.has_fields(response, error=None, content=text.GREETING.answer.text, finish_reason=None)
