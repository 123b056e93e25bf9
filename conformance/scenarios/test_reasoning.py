"""The reasoning of a model beside its answer."""

from __future__ import annotations

import json

import pytest

from conformance.testing import (
    Answer,
    BaseLLM,
    Build,
    Dialect,
    Interview,
    LLMResponse,
    Play,
    Sent,
    Serve,
    Target,
    laws,
    structured,
    tools,
)

THOUGHT = "First this,\nthen < that >."
QUESTION = structured.REASONED.messages


@pytest.mark.needs("reasoning")
def test_thoughts_are_not_the_answer(target: Target, interview: Interview) -> None:
    """Reasoning is reported in ``reasoning`` and the answer in ``content``, invoked and streamed.

    run-llama/llama_index#20916: the caller got the thoughts, and the answer was lost. A model that is not
    declared to think may answer at once, or hide what it thinks.
    """
    interview.answers(structured.REASONED)

    if target.capabilities.get("reasoning"):
        assert all(answer["response"]["reasoning"] for answer in interview.decoded)


@pytest.mark.parametrize("gap", ["", "\n\n"], ids=["close", "apart"])
def test_think_tags_become_reasoning(gap: str, play: Play, dialect: Dialect) -> None:
    """``<think>…</think>`` at the start of a text becomes reasoning, however the stream splits the tags.

    BerriAI/litellm#15233: the stream showed the tags, invoke did not.
    """
    scripted = Answer(f"<think>{THOUGHT}</think>{gap}Yes, 1 < 2.")
    llm = play(dialect.answering(scripted))

    laws.demands(llm.invoke(QUESTION), "reasoning")
    _both_are(llm, Answer("Yes, 1 < 2.", reasoning=THOUGHT))


def test_think_tags_inside_the_text_stay_text(play: Play, dialect: Dialect) -> None:
    """``<think>`` tags after the start of the text stay text."""
    scripted = Answer("Write <think> and </think> around it.")
    llm = play(dialect.answering(scripted))

    _both_are(llm, scripted)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_ids_and_signatures_are_sent_back(play: Play, sent: Sent, dialect: Dialect) -> None:
    """An answer that is sent back by ``as_message`` carries its ids, thinking and signatures unchanged.

    Ids of the calls everywhere; at Anthropic the thinking and its signature, without which a conversation
    with thinking and tools is refused. litellm sends it twice (BerriAI/litellm#35118).
    """
    scripted = Answer("", calls=(tools.PARIS,), reasoning=THOUGHT)
    llm = play(dialect.answering(scripted))

    for response in (llm.chat_with_tools([tools.ASK_PARIS], tools=[tools.WEATHER]), _streamed(llm)):
        laws.is_an_answer(response)
        [call] = response.tool_calls
        outcome = {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY}
        llm.chat_with_tools([tools.ASK_PARIS, response.as_message(), outcome], tools=[tools.WEATHER])

        received = sent()[-1].body.decode("utf-8")
        for opaque in dialect.opaque(scripted):
            assert json.dumps(opaque) in received


@pytest.mark.needs("tools")
@pytest.mark.core
def test_signatures_go_to_no_other_provider(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Another provider is sent the text and the calls of an answer, and none of its signatures or thinking.

    It can read none of it, and may refuse the conversation for it. litellm keeps Gemini's signature in the id
    of a call.
    """
    scripted = Answer("", calls=(tools.PARIS,), reasoning=THOUGHT)
    first = build(serve(dialect.answering(scripted)).url)
    other = serve(dialect.answering(Answer("Yes.")))
    second = build(other.url)

    for response in laws.ask_both_ways(first, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        laws.is_an_answer(response)
        [call] = response.tool_calls
        outcome = {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY}
        second.chat_with_tools([tools.ASK_PARIS, response.as_message(), outcome], tools=[tools.WEATHER])

        received = dialect.chat_requests(other.requests)[-1].body.decode("utf-8")
        for opaque in dialect.opaque(scripted):
            assert opaque == call["id"] or opaque not in received


def _streamed(llm: BaseLLM) -> LLMResponse:
    stream = llm.stream([tools.ASK_PARIS], tools=[tools.WEATHER])
    laws.deltas_are_text(list(stream), stream.response)
    return stream.response


def _both_are(llm: BaseLLM, answer: Answer) -> None:
    laws.is_the_answer(llm.invoke(QUESTION), answer)
    stream = llm.stream(QUESTION)
    laws.deltas_are_text(list(stream), stream.response)
    laws.is_the_answer(stream.response, answer)
