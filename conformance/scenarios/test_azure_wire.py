"""What only Azure has: deployments in the path."""

from __future__ import annotations

import pytest

from conformance.testing import Dialect, Play, Sent, laws, text

pytestmark = [pytest.mark.core, pytest.mark.dialects("azure")]

GREETING, COUNT = text.GREETING, text.COUNT


def test_the_deployment_is_in_the_path(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A request is sent to the path of its deployment with a version of the API, by invoke and by stream."""
    llm = play(dialect.answering(GREETING.answer))

    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    laws.is_the_answer(laws.read(llm.stream(GREETING.messages)), GREETING.answer)

    for request in sent():
        assert request.path == "/openai/deployments/tiny/chat/completions"
        assert request.query["api-version"] == "2024-10-21"
