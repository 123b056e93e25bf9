"""Tool calls and their results."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from conformance.runner.stage.stage import Build, Serve
from conformance.servers.scripted import Request, Script, reply
from conformance.servers.scripted.dialects import Dialect
from conformance.spec import laws
from conformance.spec.dialogue import Turn, request_of, tools
from conformance.spec.interview import Interview
from provider.response import ToolCall


@pytest.mark.needs("tools")
@pytest.mark.core
@pytest.mark.parametrize("turn", tools.CALLS, ids=[turn.name for turn in tools.CALLS])
def test_call(turn: Turn, interview: Interview) -> None:
    """One call: its name, its arguments as JSON text, finish reason ``tool_calls``; streamed alike.

    No arguments are ``{}``, never the empty string (simonw/llm#1164); Unicode, quotes and nested
    objects survive the pieces of a stream (deeplethe/utopia#764).
    """
    interview.answers(turn)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_the_right_one_of_two_tools(interview: Interview) -> None:
    """Both tools reach the model, with their names and their parameters."""
    interview.answers(tools.OF_TWO_TOOLS)
    interview.answers(tools.OTHER_OF_TWO_TOOLS)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_two_parallel_calls(interview: Interview) -> None:
    """Two calls stay two, in order, each with its own arguments.

    huggingface/smolagents#1958: fused into one with the arguments ``{"city":"A"}{"city":"B"}``.
    """
    interview.answers(tools.PARALLEL)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_parallel_calls_of_two_tools(interview: Interview) -> None:
    """Each call keeps its own name: maximhq/bifrost#1829 streamed ``searchsearchsearch``."""
    interview.answers(tools.PARALLEL_MIXED)


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_three_parallel_calls(interview: Interview) -> None:
    """Neither the first nor the last call of several is lost."""
    interview.answers(tools.THREE_CALLS)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_text_beside_a_call_is_kept(interview: Interview) -> None:
    """What the model says before it calls is content, not lost: vllm-project/vllm#56263."""
    interview.answers(tools.TEXT_BESIDE_CALL)


@pytest.mark.needs("tools")
def test_chat_with_tools_is_invoke_with_tools(interview: Interview) -> None:
    """chat_with_tools asks what invoke asks, and answers the same."""
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
    """A call and its result reach the model, whatever the result holds, and the answer is text."""
    interview.answers(turn)


@pytest.mark.needs("tools")
def test_a_list_as_a_result(interview: Interview) -> None:
    """A result that is no text is sent as JSON text; servers refuse anything else.

    lmstudio-ai/lmstudio-bug-tracker#1077: "expected string, received object".
    """
    turn = tools.LIST_RESULT
    *before, last = turn.messages

    interview.answers(replace(turn, messages=[*before, {**last, "content": json.loads(last["content"])}]))


@pytest.mark.needs("tools")
@pytest.mark.parametrize("turn", tools.CALLS, ids=[turn.name for turn in tools.CALLS])
def test_arguments_fit_the_schema(turn: Turn, interview: Interview) -> None:
    """The arguments are what the tool's own schema demands: a parser that loses a type shows here."""
    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.is_an_answer(response)
        [call] = response.tool_calls
        jsonschema.validate(json.loads(call["arguments"]), turn.tools[0]["function"]["parameters"])


@pytest.mark.core
def test_no_tools_are_not_sent(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``tools=[]`` sends neither ``tools`` nor ``tool_choice``: servers refuse the empty list.

    earendil-works/pi#3649: "[] is too short - 'tools'".
    """
    server = serve(dialect.answering(tools.NOT_NEEDED.answer))
    llm = build(server.url)

    llm.chat_with_tools(tools.NOT_NEEDED.messages, tools=[], tool_choice="auto")
    list(llm.stream(tools.NOT_NEEDED.messages, tools=[], tool_choice="auto"))

    for request in dialect.chat_requests(server.requests):
        assert "tools" not in request.json()
        assert "tool_choice" not in request.json()


@pytest.mark.core
@pytest.mark.parametrize("choice", ["auto", "required", "none"])
def test_tool_choice_reaches_the_wire(choice: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """The requested choice is the one on the wire: tetsuo-ai/agenc-core#2109 sent the same body for all."""
    server = serve(dialect.answering(tools.ONE_CALL.answer))

    build(server.url).invoke(tools.ONE_CALL.messages, tools=[tools.WEATHER], tool_choice=choice)

    [request] = dialect.chat_requests(server.requests)
    assert dialect.tool_choice(request) == choice


@pytest.mark.core
def test_a_demanded_tool_reaches_the_wire(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A tool demanded by name is demanded on the wire: by its name, or by offering it alone.

    LM Studio refuses the name (lmstudio-ai/lmstudio-bug-tracker#670), so it is offered alone there.
    """
    server = serve(dialect.answering(tools.OF_TWO_TOOLS.answer))
    choice = {"type": "function", "function": {"name": "add"}}

    build(server.url).invoke(
        tools.OF_TWO_TOOLS.messages, tools=[tools.WEATHER, tools.ADD], tool_choice=choice
    )

    [request] = dialect.chat_requests(server.requests)
    demanded = dialect.tool_choice(request)
    assert demanded == "add" or (demanded == "required" and dialect.tool_names(request) == ["add"])


@pytest.mark.needs("parallel_tools")
@pytest.mark.core
def test_answer_after_two_results(interview: Interview) -> None:
    """Two results stay with their calls: each goes back under the id of its own."""
    interview.answers(tools.TWO_RESULTS)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_a_call_after_a_result(interview: Interview) -> None:
    """A conversation that has called before can call again."""
    interview.answers(tools.NEXT_CALL)


@pytest.mark.needs("tools")
@pytest.mark.core
def test_an_answer_can_be_played_back(interview: Interview) -> None:
    """The calls of a response go back as they are, with the result under their id, and are understood.

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
    """An offer is no order: the answer is text, and no call is made up."""
    interview.answers(tools.NOT_NEEDED)


@pytest.mark.dialects("openai")
def test_broken_arguments_are_no_good_ones(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Arguments that are no JSON stay as the model wrote them: a clean ``{}`` calls the tool without them.

    NousResearch/hermes-agent#35151.
    """
    answer = tools.ONE_CALL.answer
    whole, events = json.dumps(dialect.completion(answer)).encode(), b"".join(dialect.events(answer))

    def handler(request: Request) -> Script:
        if dialect.wants_stream(request):
            return dialect.streamed([_unended(events)])
        return reply(_unended(whole))

    llm = build(serve(handler).url)
    request = request_of(tools.ONE_CALL)

    for response in (
        llm.invoke(tools.ONE_CALL.messages, **request),
        laws.read(llm.stream(tools.ONE_CALL.messages, **request)),
    ):
        assert [call["arguments"] for call in response.tool_calls] == ['{"city":"Paris']


def _unended(told: bytes) -> bytes:
    """The same without the end of the arguments."""
    return told.replace(b'is\\"}', b"is")


def _as_sent(call: ToolCall) -> dict[str, object]:
    function = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
