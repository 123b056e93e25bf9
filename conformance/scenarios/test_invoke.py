"""Questions and their answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.testing import Answer, Dialect, Interview, Play, Sent, Turn, laws, text

SPOKEN = [
    text.ONE_WORD,
    text.CAPITAL,
    text.ACCENTS,
    text.CHINESE,
    text.EMOJI,
    text.SCRIPTS,
    text.QUOTES,
    text.MARKUP,
    text.JSON_AS_TEXT,
]
SPACED = [text.INNER_SPACE, text.OUTER_SPACE]


@pytest.mark.core
@pytest.mark.routes
def test_text(interview: Interview) -> None:
    """The text of an answer arrives unchanged, with its finish reason and its token counts."""
    interview.answers(text.GREETING)


@pytest.mark.core
def test_system_prompt(interview: Interview) -> None:
    """The system prompt reaches the model, and another system prompt changes the answer."""
    interview.answers(text.SYSTEM_PROMPT)
    interview.answers(text.OTHER_SYSTEM_PROMPT)


@pytest.mark.core
def test_memory(interview: Interview) -> None:
    """The earlier turns of a conversation reach the model, in their order."""
    interview.answers(text.MEMORY)
    interview.answers(text.OTHER_MEMORY)
    interview.answers(text.LONG_MEMORY)


def test_same_role_twice(interview: Interview) -> None:
    """Two messages of the same role in a row both reach the model."""
    interview.answers(text.SAME_ROLE)


@pytest.mark.core
@pytest.mark.parametrize("turn", SPOKEN, ids=[turn.name for turn in SPOKEN])
def test_says(turn: Turn, interview: Interview) -> None:
    """Text in any script, quotes and markup arrive unchanged, invoked and streamed.

    vllm-project/vllm#38732: a character split between two reads broke the stream.
    """
    interview.answers(turn)


def test_line_separators(interview: Interview) -> None:
    """U+2028, U+2029 and U+0085 arrive as text, and do not end a line of the event stream.

    florimondmanca/httpx-sse#37, langgenius/dify#39008: ``splitlines`` cuts the JSON of an event there.
    """
    interview.answers(text.LINE_SEPARATORS)


def test_unicode_is_not_normalised(play: Play, dialect: Dialect) -> None:
    """An answer keeps its code points and is not normalised.

    Normalised, a file name or a search text that the model copied is found no more.
    """
    answer = Answer("e\u0301 \ufb01 \u2460 \uac00 \u1100\u1161 \u200d \u00ad.")
    llm = play(dialect.answering(answer))

    laws.is_the_answer(llm.invoke(text.GREETING.messages), answer)
    laws.is_the_answer(laws.read(llm.stream(text.GREETING.messages)), answer)


def test_every_question_is_sent(play: Play, dialect: Dialect) -> None:
    """A question that was asked before is sent again, and no earlier answer is returned from a cache."""
    answers = [Answer("Heads"), Answer("Tails"), Answer("Edge")]
    left = iter(answers)
    llm = play(lambda request: dialect.script(request, next(left)))

    laws.is_the_answer(llm.invoke(text.GREETING.messages), answers[0])
    laws.is_the_answer(llm.invoke(text.GREETING.messages), answers[1])
    laws.is_the_answer(laws.read(llm.stream(text.GREETING.messages)), answers[2])


@pytest.mark.parametrize("turn", SPACED, ids=[turn.name for turn in SPACED])
def test_white_space_is_kept(turn: Turn, interview: Interview) -> None:
    """Spaces, tabs and line feeds inside an answer and at its ends are kept."""
    interview.answers(turn)


@pytest.mark.core
def test_white_space_at_the_ends_is_kept(play: Play, dialect: Dialect) -> None:
    """White space at the beginning and at the end of an answer is kept, invoked and streamed.

    A script: a real server may have trimmed its answer.
    """
    laws.answers_both_ways(play(dialect.answering(text.OUTER_SPACE.answer)), text.OUTER_SPACE)


def test_max_tokens(interview: Interview) -> None:
    """An answer that is cut at ``max_tokens`` has the finish reason ``length`` and keeps its text.

    BerriAI/litellm#37710: the bridge made an HTTP 500 of it, and ``stop`` in the stream.
    """
    invoked = interview.invoke(text.CUT_SHORT)
    streamed = interview.stream(text.CUT_SHORT)

    for response in (invoked, streamed):
        laws.is_an_answer(response)
        assert response.finish_reason == "length"
        laws.begins_answer(response, text.CUT_SHORT)
    assert bool(streamed.content) == bool(invoked.content)  # none: it was still thinking, both times
    assert streamed.prompt_tokens == invoked.prompt_tokens


def test_content_as_parts(interview: Interview) -> None:
    """Content that is a list of text parts reaches the model as the text of its parts."""
    turn = text.GREETING
    parts = [{"type": "text", "text": turn.messages[0]["content"]}]

    interview.answers(replace(turn, messages=[{"role": "user", "content": parts}]))


@pytest.mark.dialects(but=("responses",))  # its requests name no stop sequences
def test_stop_sequence(interview: Interview) -> None:
    """``stop`` ends the answer before the stop sequence, with the finish reason ``stop``."""
    for response in (interview.invoke(text.STOPPED), interview.stream(text.STOPPED)):
        laws.answers_turn(response, text.STOPPED)


def test_parameters_reach_the_wire(play: Play, sent: Sent, dialect: Dialect) -> None:
    """``temperature`` and ``max_tokens`` are sent as given, by invoke and by stream.

    A temperature of 0 that is dropped because it is falsy makes every answer a random one.
    """
    llm = play(dialect.answering(text.GREETING.answer))

    llm.invoke(text.GREETING.messages, temperature=0, max_tokens=7)
    list(llm.stream(text.GREETING.messages, temperature=0, max_tokens=7))

    for request in sent():
        assert dialect.settings(request, ["temperature"]) == [0]
        assert dialect.settings(request, dialect.limit_fields) == [7]


def test_an_unknown_parameter_raises_nothing(play: Play, dialect: Dialect) -> None:
    """An unknown parameter is sent, dropped or reported as ``bad_request``, and raises no exception."""
    llm = play(dialect.answering(text.GREETING.answer))

    response = llm.invoke(text.GREETING.messages, conformance_unknown="x")

    if response.is_error:
        laws.failed_as(response, "bad_request")
        assert "conformance_unknown" in str(response.error)
    else:
        laws.is_the_answer(response, text.GREETING.answer)


@pytest.mark.dialects("openai", "anthropic")
def test_cache_control_reaches_the_wire(play: Play, sent: Sent, dialect: Dialect) -> None:
    """``cache_control`` in a content part is sent."""
    part = {"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}

    play(dialect.answering(text.GREETING.answer)).invoke([{"role": "user", "content": [part]}])

    [request] = sent()
    assert request.json()["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize(
    "messages",
    [
        *([], "Hello", [{"role": "wizard", "content": "Hello"}], ["Hello"], None),
        [{"role": "user", "content": {1, 2}}],
        [{"role": "assistant", "tool_calls": "get_weather"}],
        [{"role": "assistant", "tool_calls": ["get_weather"]}],
        [{"role": "assistant", "tool_calls": [{"id": "call_1", "function": "get_weather"}]}],
    ],
    ids=[
        *("empty", "text", "unknown-role", "no-mapping", "none"),
        *("no-json", "calls-as-text", "call-as-text", "call-without-function"),
    ],
)
def test_invalid_messages_are_a_bad_request(messages: Any, play: Play, sent: Sent, dialect: Dialect) -> None:
    """Messages that are not a conversation are reported as ``bad_request``, and nothing is sent."""
    llm = play(dialect.answering(text.GREETING.answer))

    response = llm.invoke(messages)
    stream = llm.stream(messages)

    assert list(stream) == []
    for failed in (response, stream.response):
        laws.failed_as(failed, "bad_request")
        assert "messages" in str(failed.error)
    assert sent() == []
