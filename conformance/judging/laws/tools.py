"""Tool calls: what they are made of, and what answers their results."""

from __future__ import annotations

import jsonschema

from conformance.judging.law import InconclusiveError, Laws, equal, holds
from conformance.judging.reading import ReadCall, Reading, answers
from conformance.judging.server import Server
from conformance.spec.dialogue import Turn, text, tools

LAWS = Laws("tools")

CALLS = {
    turn.name: turn
    for turn in (
        tools.ONE_CALL,
        tools.OF_TWO_TOOLS,
        tools.NO_ARGUMENTS,
        tools.UNICODE_ARGUMENTS,
        tools.QUOTED_ARGUMENTS,
        tools.NESTED_ARGUMENTS,
    )
}
RESULTS = {turn.name: turn for turn in (tools.RESULT, tools.OTHER_RESULT, tools.UNICODE_RESULT)}


@LAWS.law("tools", sampled=True, cases=CALLS)
def the_right_call_is_made(server: Server, turn: Turn) -> None:
    """A question that a tool answers gets a call of that tool with the arguments that the question names."""
    _is_right(turn, server.whole(turn))


@LAWS.law("tools", sampled=True, cases=CALLS)
def the_right_call_is_streamed(server: Server, turn: Turn) -> None:
    """The same as a stream: the fragments make the right call."""
    _is_right(turn, server.streamed(turn))


@LAWS.law("tools", sampled=True, cases=CALLS)
def arguments_fit_their_schema(server: Server, turn: Turn) -> None:
    """The arguments of every call are JSON that fits the schema of a tool that was offered."""
    for reading in (server.whole(turn, forced=False), server.streamed(turn, forced=False)):
        for call in _calls(reading):
            _fits(call, turn)


@LAWS.law("tools", sampled=True, cases=RESULTS)
def the_result_of_a_call_is_read(server: Server, turn: Turn) -> None:
    """The answer after a tool's result says what the result says."""
    whole = server.whole(turn)
    holds(answers(turn, whole), repr(whole.text), repr(turn.answer.text))


@LAWS.law("tools")
def an_answer_with_calls_says_so(server: Server) -> None:
    """The finish reason of an answer that calls tools says that, whole and streamed."""
    for reading in (server.whole(tools.ONE_CALL), server.streamed(tools.ONE_CALL)):
        _calls(reading)
        equal(reading.finish, server.api.endings["tool_calls"])


@LAWS.law("tools")
def a_call_has_an_id(server: Server) -> None:
    """Every call has an id, which its result names; no two answers use the same one."""
    ids = []
    for again in (0, 1):
        for reading in (
            server.whole(tools.ONE_CALL, again=again),
            server.streamed(tools.ONE_CALL, again=again),
        ):
            ids += [call.id for call in _calls(reading)]
    holds(all(ids) and len(set(ids)) == len(ids), f"the ids {ids}", "ids that all differ")


@LAWS.law("tools")
def no_tool_is_called_where_none_may_be(server: Server) -> None:
    """With the tool choice ``none`` no tool is called, where one is called without it."""
    server.whole(tools.ONE_CALL)
    whole = server.whole(tools.ONE_CALL, forced=False, tool_choice="none")
    holds(not whole.calls, f"{len(whole.calls)} calls", "none")
    holds(bool(whole.text), "no call, and no text either", "a text")


@LAWS.law("tools", sampled=True)
def a_tool_is_called_where_one_must_be(server: Server) -> None:
    """With the tool choice ``required`` a tool is called, whatever is asked."""
    asked = Turn("capital_with_a_tool", text.CAPITAL.messages, text.CAPITAL.answer, tools=[tools.WEATHER])
    whole = server.whole(asked, forced=False, tool_choice="required")
    holds(len(whole.calls) > 0, f"no call, and the text {whole.text!r}", "a call")
    for call in whole.calls:
        _fits(call, asked)


@LAWS.law("parallel_tools", sampled=True)
def two_calls_are_made_at_once(server: Server) -> None:
    """A question that needs two calls gets both in one answer, whole and streamed, with two ids."""
    for reading in (server.whole(tools.PARALLEL), server.streamed(tools.PARALLEL)):
        _is_right(tools.PARALLEL, reading)
        holds(len({call.id for call in reading.calls}) == 2, f"{reading.calls}", "two ids")


@LAWS.law("parallel_tools", sampled=True)
def two_results_are_read(server: Server) -> None:
    """The answer after two results says what both of them say, in their order."""
    whole = server.whole(tools.TWO_RESULTS)
    holds(answers(tools.TWO_RESULTS, whole), repr(whole.text), repr(tools.TWO_RESULTS.answer.text))


def _calls(reading: Reading) -> list[ReadCall]:
    """The calls of an answer; without any, nothing about calls is shown."""
    if not reading.calls:
        raise InconclusiveError(f"no tool was called; the text is {reading.text!r:.200}")
    return list(reading.calls)


def _is_right(turn: Turn, reading: Reading) -> None:
    made = [f"{call.name}({call.arguments})" for call in reading.calls] or [f"the text {reading.text!r}"]
    wanted = [f"{call.name}({dict(call.arguments)})" for call in turn.answer.calls]
    holds(answers(turn, reading), ", ".join(made), ", ".join(wanted))


def _fits(call: ReadCall, turn: Turn) -> None:
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in turn.tools}
    holds(call.name in schemas, f"a call of {call.name!r}", f"one of {sorted(schemas)}")
    holds(isinstance(call.value, dict), f"the arguments {call.arguments!r}", "a JSON object")
    faults = [
        error.message for error in jsonschema.Draft202012Validator(schemas[call.name]).iter_errors(call.value)
    ]
    holds(not faults, f"{call.name}({call.arguments}): {'; '.join(faults)}", "arguments that fit the schema")
