"""Tool calls and their results."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from conformance.testing import Dialect, Interview, Play, Sent, ToolCall, Turn, laws, tools


@pytest.mark.needs("tools")
@pytest.mark.core
@pytest.mark.routes("one_call")
@pytest.mark.parametrize("turn", tools.CALLS, ids=[turn.name for turn in tools.CALLS])
def test_call(turn: Turn, interview: Interview) -> None:
    """A tool call arrives with its name, its arguments as JSON text and the finish reason ``tool_calls``.

    No arguments are ``{}``, never the empty string (simonw/llm#1164); Unicode, quotes and nested objects
    survive the pieces of a stream (deeplethe/utopia#764).
    """
    interview.answers(turn)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_the_right_one_of_two_tools(interview: Interview) -> None:
    """Both of two offered tools reach the model with their names and parameters."""
    interview.answers(tools.OF_TWO_TOOLS)
    interview.answers(tools.OTHER_OF_TWO_TOOLS)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_two_parallel_calls(interview: Interview) -> None:
    """Two parallel calls arrive as two calls, in order, each with its own arguments.

    huggingface/smolagents#1958: fused into one with the arguments ``{"city":"A"}{"city":"B"}``.
    """
    interview.answers(tools.PARALLEL)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_parallel_calls_of_two_tools(interview: Interview) -> None:
    """Parallel calls of two tools each keep their own name.

    Seen in maximhq/bifrost#1829.
    """
    interview.answers(tools.PARALLEL_MIXED)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_three_parallel_calls(interview: Interview) -> None:
    """Three parallel calls all arrive."""
    interview.answers(tools.THREE_CALLS)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_text_beside_a_call_is_kept(interview: Interview) -> None:
    """Text before a tool call is kept as the content.

    Seen in vllm-project/vllm#56263.
    """
    interview.answers(tools.TEXT_BESIDE_CALL)


@pytest.mark.needs("tools")
def test_chat_with_tools_is_invoke_with_tools(interview: Interview) -> None:
    """chat_with_tools() gives the same answer as invoke() with the same tools."""
    turn = tools.ONE_CALL
    invoked = interview.invoke(turn)

    asked = interview.llm.chat_with_tools(turn.messages, tools=list(turn.tools), **interview.limits)

    laws.well_formed(asked)
    laws.answers_turn(asked, turn)
    laws.equivalent_answers(asked, invoked, turn)


@pytest.mark.needs("tools")
@pytest.mark.core
@pytest.mark.parametrize("turn", tools.RESULTS, ids=[turn.name for turn in tools.RESULTS])
def test_answer_after(turn: Turn, interview: Interview) -> None:
    """A tool call and its result reach the model, whatever the result contains."""
    interview.answers(turn)


@pytest.mark.needs("tools")
def test_a_list_as_a_result(interview: Interview) -> None:
    """A tool result that is not text is sent as JSON text.

    lmstudio-ai/lmstudio-bug-tracker#1077: "expected string, received object".
    """
    turn = tools.LIST_RESULT
    *before, last = turn.messages

    interview.answers(replace(turn, messages=[*before, {**last, "content": json.loads(last["content"])}]))


@pytest.mark.needs("tools")
@pytest.mark.parametrize("turn", tools.CALLS, ids=[turn.name for turn in tools.CALLS])
def test_arguments_fit_the_schema(turn: Turn, interview: Interview) -> None:
    """The arguments of a call are valid under the schema of its tool."""
    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.is_an_answer(response)
        [call] = response.tool_calls
        jsonschema.validate(json.loads(call["arguments"]), turn.tools[0]["function"]["parameters"])


@pytest.mark.core
def test_an_empty_list_of_tools_is_not_sent(play: Play, sent: Sent, dialect: Dialect) -> None:
    """With ``tools=[]`` neither ``tools`` nor ``tool_choice`` is sent.

    earendil-works/pi#3649: "[] is too short - 'tools'".
    """
    llm = play(dialect.answering(tools.NOT_NEEDED.answer))

    llm.chat_with_tools(tools.NOT_NEEDED.messages, tools=[], tool_choice="auto")
    list(llm.stream(tools.NOT_NEEDED.messages, tools=[], tool_choice="auto"))

    for request in sent():
        assert "tools" not in request.json()
        assert "tool_choice" not in request.json()


@pytest.mark.needs("tools")
@pytest.mark.core
@pytest.mark.parametrize("choice", ["auto", "required", "none"])
def test_tool_choice_reaches_the_wire(choice: str, play: Play, sent: Sent, dialect: Dialect) -> None:
    """The tool choice of the caller is sent.

    Seen in tetsuo-ai/agenc-core#2109.
    """

    llm = play(dialect.answering(tools.ONE_CALL.answer))
    laws.is_an_answer(llm.invoke(tools.ONE_CALL.messages, tools=[tools.WEATHER], tool_choice=choice))

    [request] = sent()
    assert dialect.tool_choice(request) == choice


@pytest.mark.needs("tools")
@pytest.mark.core
def test_a_tool_chosen_by_name_reaches_the_wire(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A tool that is chosen by its name is sent as that choice, or is offered alone and required.

    LM Studio refuses the name (lmstudio-ai/lmstudio-bug-tracker#670), so it is offered alone there.
    """
    choice = {"type": "function", "function": {"name": "add"}}

    llm = play(dialect.answering(tools.OF_TWO_TOOLS.answer))
    offered = [tools.WEATHER, tools.ADD]
    laws.is_an_answer(llm.invoke(tools.OF_TWO_TOOLS.messages, tools=offered, tool_choice=choice))

    [request] = sent()
    demanded = dialect.tool_choice(request)
    assert demanded == "add" or (demanded == "required" and dialect.tool_names(request) == ["add"])


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_answer_after_two_results(interview: Interview) -> None:
    """Two tool results reach the model, each under the id of its call."""
    interview.answers(tools.TWO_RESULTS)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_a_call_after_a_result(interview: Interview) -> None:
    """A conversation with an earlier tool call and its result can lead to another call."""
    interview.answers(tools.NEXT_CALL)


@pytest.mark.needs("tools")
@pytest.mark.core
@pytest.mark.routes
def test_an_answer_can_be_played_back(interview: Interview) -> None:
    """The tool calls of a response can be sent back with their results, and the model answers.

    The loop of every agent: ask, call, answer. An id changed on the way back is an orphaned result
    (FoundationAgents/OpenManus#744).
    """
    turn = tools.ONE_CALL
    response = interview.invoke(turn)
    laws.answers_turn(response, turn)
    [call] = response.tool_calls
    history = [
        tools.DEGREES,
        *turn.messages,
        {"role": "assistant", "content": response.content, "tool_calls": [_as_sent(call)]},
        {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY},
    ]

    answer = interview.llm.invoke(history, tools=list(turn.tools), **interview.limits)

    laws.answers_turn(answer, tools.RESULT)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_a_tool_offered_but_not_needed(interview: Interview) -> None:
    """A tool that is offered and not needed is not called, and the answer is text."""
    interview.answers(tools.NOT_NEEDED)


def _as_sent(call: ToolCall) -> dict[str, object]:
    function = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
