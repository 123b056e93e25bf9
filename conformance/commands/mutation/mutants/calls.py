"""Mutants of tool calls: how many, in which order, their names, ids and arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import answer, arguments, calls, each_call
from provider.response import LLMResponse, ToolCall

Call = dict[str, Any]


@mutant("tools/two_parallel_calls", calls)
def swaps_arguments(calls: list[Call]) -> list[Call]:
    """Each of two calls has its own arguments."""
    others = [*calls[1:], calls[0]]
    return [{**call, "arguments": other["arguments"]} for call, other in zip(calls, others, strict=True)]


@mutant("tools/two_parallel_calls", calls)
def reverses_calls(calls: list[Call]) -> list[Call]:
    """Calls keep their order."""
    return calls[::-1]


@mutant("tools/two_parallel_calls", calls)
def fuses_two_calls(calls: list[Call]) -> list[Call]:
    """Two calls stay two."""
    return [{**calls[0], "arguments": "".join(call["arguments"] for call in calls)}]


@mutant("tools/two_parallel_calls", calls)
def gives_only_the_first_call(calls: list[Call]) -> list[Call]:
    """Every call is returned, not only the first."""
    return calls[:1]


@mutant("tools/three_parallel_calls", calls)
def drops_a_third_call(calls: list[Call]) -> list[Call]:
    """The last call of several is not lost."""
    return calls[:2]


@mutant("tools/call", calls)
def calls_twice(calls: list[Call]) -> list[Call]:
    """One call stays one."""
    return [*calls, {**calls[0], "id": "call_again"}]


@mutant("tools/call", calls)
def drops_every_call(_: list[Call]) -> list[Call]:
    """A call reaches the caller."""
    return []


@mutant("tools/call", answer, only="invoke")
def writes_calls_into_the_text(response: LLMResponse) -> None:
    """A call is not in the text of the answer."""
    if response.has_tool_calls:
        response.content = json.dumps(response.tool_calls)


@mutant("tools/text_beside_a_call_is_kept", answer, only="invoke")
def drops_the_text_beside_a_call(response: LLMResponse) -> None:
    """The text beside a call is kept."""
    if response.has_tool_calls:
        response.content = ""


@mutant("tools/a_tool_offered_but_not_needed", answer)
def invents_a_call(response: LLMResponse) -> None:
    """An answer has a call only if the model made one."""
    invented = ToolCall(id="call_of_nobody", name="get_weather", arguments="{}")
    response.tool_calls = response.tool_calls or [invented]


@mutant("tools/call", answer)
def ends_a_call_with_stop(response: LLMResponse) -> None:
    """An answer with calls has the finish reason ``tool_calls``."""
    if response.has_tool_calls:
        response.finish_reason = "stop"


@mutant("reasoning/ids_and_signatures_are_sent_back", each_call)
def renames_ids(call: Call) -> None:
    """The id of a call is exactly the provider's: its result goes back under it."""
    call["id"] = f"{call['id']}_1"


@mutant("tools/two_parallel_calls", calls)
def gives_every_call_one_id(calls: list[Call]) -> list[Call]:
    """No two calls of an answer share an id."""
    return [{**call, "id": calls[0]["id"]} for call in calls]


@mutant("tools/call", each_call)
def gives_no_ids(call: Call) -> None:
    """Every call has an id."""
    call["id"] = ""


@mutant("tools/parallel_calls_of_two_tools", each_call)
def repeats_a_name(call: Call) -> None:
    """The name of a call is complete once, however often the stream repeats it."""
    call["name"] *= 2


@mutant("tools/parallel_calls_of_two_tools", calls)
def gives_every_call_one_name(calls: list[Call]) -> list[Call]:
    """Each call keeps the name of its own tool."""
    return [{**call, "name": calls[0]["name"]} for call in calls]


@mutant("tools/call", each_call)
def gives_empty_text_for_no_arguments(call: Call) -> None:
    """A call without arguments has ``{}``, not an empty string."""
    if call["arguments"] == "{}":
        call["arguments"] = ""


@mutant("calls/calls_in_any_form_are_normalised", each_call)
def mends_broken_arguments(call: Call) -> None:
    """Arguments that are not JSON are not repaired."""
    try:
        json.loads(call["arguments"])
    except ValueError:
        call["arguments"] = "{}"


@mutant("tools/call", each_call)
def parses_arguments(call: Call) -> None:
    """Arguments are JSON text, and not an object."""
    call["arguments"] = json.loads(call["arguments"] or "{}")


@mutant("tools/call", each_call)
def encodes_arguments_twice(call: Call) -> None:
    """Arguments are encoded once."""
    call["arguments"] = json.dumps(call["arguments"])


@mutant("tools/arguments_fit_the_schema", arguments)
def gives_numbers_as_texts(given: Any) -> Any:
    """A number among the arguments is a number."""
    return _leaves(given, str)


@mutant("tools/call", arguments)
def loses_nested_arguments(given: Any) -> Any:
    """Objects and lists inside arguments survive."""
    return {name: value for name, value in given.items() if isinstance(value, str | int)}


@mutant("tools/call", arguments)
def drops_quotes_from_arguments(given: Any) -> Any:
    """Quotes inside arguments survive."""
    return _leaves(given, lambda leaf: leaf.replace('"', "") if isinstance(leaf, str) else leaf)


@mutant("tools/call", each_call)
def drops_non_ascii_from_arguments(call: Call) -> None:
    """Arguments keep their characters outside ASCII."""
    call["arguments"] = call["arguments"].encode("ascii", "ignore").decode("ascii")


def _leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _leaves(item, change) for name, item in value.items()}
    return [_leaves(item, change) for item in value] if isinstance(value, list) else change(value)
