"""A backend that makes its answers up has not passed: a scenario sees that a request was sent for each.

No scenario of the suite could ask this: it is a law of the harness over all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Outcome
from tests.support.project import Project

INVENTING = """
from conformance.spec.dialogue import text
from provider.response import LLMResponse
from tests.support.project_backend import PlainLLM


class InventingLLM(PlainLLM):
    def invoke(self, messages, *args, **kwargs):
        {ask}
        return {answer}
"""

SCENARIO = """
from conformance.testing import laws, text

def test_text(play, dialect):
    llm = play(dialect.answering(text.GREETING.answer))
    for _ in range(2):
        laws.well_formed(llm.invoke(text.GREETING.messages))
"""

ANSWER = "LLMResponse(text.GREETING.answer.text)"
RATE_LIMIT = "LLMResponse(error='no', error_code='provider_error', error_kind='rate_limit')"
REFUSAL = "LLMResponse(error='no', error_code='provider_error', error_kind='authentication', status=401)"
TOKEN = "self._client.post('/token')"


@pytest.mark.parametrize(
    ("ask", "answer", "outcome"),
    [
        ("pass", ANSWER, Outcome.FAILED),
        ("pass", RATE_LIMIT, Outcome.FAILED),
        ("pass", REFUSAL, Outcome.PASSED),
        ("super().invoke(messages)", ANSWER, Outcome.PASSED),
        (TOKEN, ANSWER, Outcome.FAILED),
        (TOKEN, RATE_LIMIT, Outcome.PASSED),
    ],
    ids=[
        *("an answer", "an error of a server", "a refusal", "an answer that was asked for"),
        *("an answer after a request for a token", "an error of a server that gives tokens"),
    ],
)
def test_an_answer_needs_a_request(tmp_path: Path, ask: str, answer: str, outcome: Outcome) -> None:
    project = Project(tmp_path, factory="mine:InventingLLM")
    project.write("mine.py", INVENTING.format(ask=ask, answer=answer))
    project.write("test_invoke.py", SCENARIO)
    [result] = project.inline().results
    assert result.outcome is outcome
    told = "2 answers, but only 0 requests were sent"
    assert (told in result.reason) is (outcome is Outcome.FAILED)
