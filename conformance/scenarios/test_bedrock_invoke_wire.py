"""What the models of Amazon Bedrock have that are asked by invoke, each by an API of its own.

Scripts: no test may reach Amazon.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.testing import Answer, Dialect, Play, bedrock_invoke, laws, text

QUESTION = text.GREETING.messages

pytestmark = pytest.mark.core

TEXTS = ("bedrock-invoke-deepseek", "bedrock-invoke-llama", "bedrock-invoke-mistral", "bedrock-invoke-titan")


def intervened(*actions: str) -> dict[str, Any]:
    """What Bedrock adds to the last event, and to a body, where a guardrail did these things."""
    entities = [{"type": "NAME", "match": "Ada", "action": action} for action in actions]
    assessed = {"sensitiveInformationPolicy": {"piiEntities": entities}}
    return {
        "amazon-bedrock-guardrailAction": "INTERVENED",
        "amazon-bedrock-trace": {"guardrail": {"outputs": [{"5zwrmdlsra2e": assessed}]}},
    }


@pytest.mark.dialects("bedrock-invoke-claude", *TEXTS)
@pytest.mark.parametrize("action", ["ANONYMIZED", "BLOCKED"])
def test_a_guardrail_masks_or_withholds_an_answer(action: str, play: Play, dialect: Dialect) -> None:
    """An answer with masked words is an answer with the reason ``content_filter``, a withheld one an error.

    Bedrock tells it beside what the model itself tells (BerriAI/litellm#10971).
    """
    answer, added = Answer("{NAME} lives here."), intervened(action)
    *events, last = dialect.events(answer)
    whole = {**dialect.completion(answer), **added}
    llm = play(
        dialect.both_ways(whole, [*events, bedrock_invoke.chunk({**bedrock_invoke.inner(last), **added})])
    )

    for response in laws.ask_both_ways(llm, QUESTION):
        assert (response.content, response.finish_reason) == (answer.text, "content_filter")
        if action == "BLOCKED":
            laws.failed_as(response, "content_filter")
        else:
            laws.is_an_answer(response)


@pytest.mark.dialects(*TEXTS)
def test_an_empty_text_is_an_answer(play: Play, dialect: Dialect) -> None:
    """A model that writes nothing before its limit has given an empty answer, which is no failure."""
    answer = Answer("")

    for response in laws.ask_both_ways(play(dialect.answering(answer, finish_reason="length")), QUESTION):
        laws.is_an_answer(response)
        laws.has_fields(response, content="", finish_reason="length")


@pytest.mark.dialects("bedrock-invoke-deepseek")
def test_thoughts_before_their_tag_are_reasoning(play: Play, dialect: Dialect) -> None:
    """What the model writes before ``</think>`` is its reasoning, in a whole answer too.

    The prompt ends with the tag that begins it.
    """
    answer = Answer("Hello, Ada. ", reasoning="They greet me,\nso do I.")

    for response in laws.ask_both_ways(play(dialect.answering(answer)), QUESTION):
        laws.is_the_answer(response, answer)


@pytest.mark.dialects("bedrock-invoke-nova")
def test_a_block_may_stop_after_every_delta(play: Play, dialect: Dialect) -> None:
    """A stream in which a ``contentBlockStop`` follows every delta has the whole text.

    Nova sends this where a guardrail reads along.
    """
    events = []
    for event in dialect.events(text.GREETING.answer):
        stop = {"contentBlockStop": {"contentBlockIndex": 0}}
        is_delta = "contentBlockDelta" in bedrock_invoke.inner(event)
        events += [event, bedrock_invoke.chunk(stop)] if is_delta else [event]

    laws.is_the_answer(laws.read(play(dialect.streamed(events)).stream(QUESTION)), text.GREETING.answer)
