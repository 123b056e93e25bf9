"""Answers without the tool call that was required, and calls that were forbidden.

Scripts: no server at hand does it on demand.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted.raw import tool_calls
from conformance.testing import Answer, Dialect, Play, laws, text, tools

openai = pytest.mark.dialects("openai")

DEMANDED: dict[str, Any] = {"tools": [tools.WEATHER], "tool_choice": "required"}

AS_TEXT = {
    "between-tokens": '<|tool_call_start|>[list_directory(path="desktop")]<|tool_call_end|>',
    "unclosed": '<tool_call>{"name": "get_weather", "arguments": {"city": ',
    "tagged": "<tool_call><function=get_weather><parameter=city>Paris</parameter></function></tool_call>",
    "json": '{"name": "get_weather", "arguments": {"city": "Paris"}}',
    "brace": "{ is an opening brace.",
}


@pytest.mark.parametrize("written", AS_TEXT.values(), ids=AS_TEXT)
def test_a_call_written_as_text_is_text(written: str, play: Play, dialect: Dialect) -> None:
    """A tool call that the server sends as text stays text, and no call is made of it.

    lmstudio-ai/lmstudio-bug-tracker#1979, #2115, jundot/omlx#3153: the envelope of a call as content;
    smg-project/smg#2271: text that began with a brace was held back and never sent.
    """
    answer = Answer(written)
    llm = play(dialect.answering(answer))

    laws.is_the_answer(llm.invoke([tools.ASK_PARIS], tools=[tools.WEATHER]), answer)
    laws.is_the_answer(laws.read(llm.stream([tools.ASK_PARIS], tools=[tools.WEATHER])), answer)


def test_calls_despite_tool_choice_none_are_reported(play: Play, dialect: Dialect) -> None:
    """Tool calls are reported even if the tool choice was ``none``.

    Seen in ollama/ollama#17921.
    """
    llm = play(dialect.answering(tools.ONE_CALL.answer))

    laws.answers_both_ways(llm, tools.ONE_CALL, tool_choice="none")


def test_text_in_place_of_a_required_call_is_reported(play: Play, dialect: Dialect) -> None:
    """Text in place of a required tool call is reported as that text, with the finish reason ``length``.

    ggml-org/llama.cpp#27217: the demand was not enforced.
    """
    turn = text.COUNT

    llm = play(dialect.answering(turn.answer, finish_reason="length"))

    for response in laws.ask_both_ways(llm, turn.messages, **DEMANDED):
        laws.has_fields(response, error=None, content=turn.answer.text, tool_calls=[], finish_reason="length")


@openai
@pytest.mark.parametrize("none", [[], None], ids=["empty", "null"])
@pytest.mark.parametrize("written", ["I would call a tool.", ""], ids=["text", "no-text"])
def test_tool_calls_without_a_call_has_no_calls(
    none: Any, written: str, play: Play, dialect: Dialect
) -> None:
    """The finish reason ``tool_calls`` without a call is reported with its text and no calls.

    vllm-project/vllm#53363 sent prose beside it, vectorize-io/hindsight#2016 nothing at all.
    """

    llm = play(tool_calls(dialect, none, [none], content=written))

    for response in laws.ask_both_ways(llm, [tools.ASK_PARIS], tools=[tools.WEATHER]):
        laws.calls_are(response, [])
        assert response.content == written


@openai
def test_an_empty_answer_in_place_of_a_required_call_is_reported(play: Play, dialect: Dialect) -> None:
    """An empty message in place of a required tool call is reported with empty content and no calls.

    lmstudio-ai/lmstudio-bug-tracker#1904: ``content: ""`` and ``tool_calls: null`` with a 200.
    """

    llm = play(tool_calls(dialect, None, [], content="", finish_reason="stop"))

    for response in laws.ask_both_ways(llm, [tools.ASK_PARIS], **DEMANDED):
        laws.calls_are(response, [])
        assert (response.content, response.finish_reason) == ("", "stop")
        assert not response.has_tool_calls
