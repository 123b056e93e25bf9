"""Mutants of tool calls: how many, in which order, their names, ids and arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, spoiled
from provider.response import LLMResponse

Calls = list[dict[str, Any]]


def with_calls(right: Backend, change: Callable[[Calls], Any]) -> Backend:
    """A class that changes the calls of answers that have calls."""

    def answers(response: LLMResponse) -> LLMResponse:
        calls: Any = [dict(call) for call in response.tool_calls]
        return changed(response, tool_calls=change(calls)) if calls else response

    return spoiled(right, answers=answers)


def each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Calls], Calls]:
    """Applies ``change``, which gives the changed fields of a call, to every call."""
    return lambda calls: [{**call, **change(call)} for call in calls]


def arguments(change: Callable[[Any], Any]) -> Callable[[Calls], Calls]:
    """Changes the decoded arguments of every call; arguments that are not JSON stay as they are."""

    def changed_arguments(call: dict[str, Any]) -> dict[str, Any]:
        try:
            decoded = json.loads(call["arguments"])
        except ValueError:
            return {}
        return {"arguments": json.dumps(change(decoded), ensure_ascii=False)}

    return each(changed_arguments)


@mutant("tools/two_parallel_calls")
def swaps_arguments(right: Backend) -> Backend:
    """Each of two calls has its own arguments."""
    return with_calls(
        right,
        lambda calls: [
            {**call, "arguments": other["arguments"]}
            for call, other in zip(calls, [*calls[1:], calls[0]], strict=True)
        ],
    )


@mutant("tools/two_parallel_calls")
def reverses_calls(right: Backend) -> Backend:
    """Calls keep their order."""
    return with_calls(right, lambda calls: calls[::-1])


@mutant("tools/two_parallel_calls")
def fuses_two_calls(right: Backend) -> Backend:
    """Two calls stay two."""
    return with_calls(
        right, lambda calls: [{**calls[0], "arguments": "".join(call["arguments"] for call in calls)}]
    )


@mutant("tools/two_parallel_calls")
def gives_only_the_first_call(right: Backend) -> Backend:
    """Every call is returned, not only the first."""
    return with_calls(right, lambda calls: calls[:1])


@mutant("tools/three_parallel_calls")
def drops_a_third_call(right: Backend) -> Backend:
    """The last call of several is not lost."""
    return with_calls(right, lambda calls: calls[:2])


@mutant("tools/call")
def calls_twice(right: Backend) -> Backend:
    """One call stays one."""
    return with_calls(right, lambda calls: [*calls, {**calls[0], "id": "call_again"}])


@mutant("tools/call")
def drops_every_call(right: Backend) -> Backend:
    """A call reaches the caller."""
    return with_calls(right, lambda _: [])


@mutant("tools/call")
def writes_calls_into_the_text(right: Backend) -> Backend:
    """A call is not in the text of the answer."""
    return spoiled(
        right,
        answers=lambda response: (
            changed(response, content=json.dumps(response.tool_calls))
            if response.has_tool_calls
            else response
        ),
        only="invoke",
    )


@mutant("tools/text_beside_a_call_is_kept")
def drops_the_text_beside_a_call(right: Backend) -> Backend:
    """The text beside a call is kept."""
    return spoiled(
        right,
        answers=lambda response: changed(response, content="") if response.has_tool_calls else response,
        only="invoke",
    )


@mutant("tools/a_tool_offered_but_not_needed")
def invents_a_call(right: Backend) -> Backend:
    """An answer has a call only if the model made one."""
    call = {"id": "call_of_nobody", "name": "get_weather", "arguments": "{}"}
    return spoiled(
        right, answers=lambda response: changed(response, tool_calls=response.tool_calls or [call])
    )


@mutant("tools/call")
def ends_a_call_with_stop(right: Backend) -> Backend:
    """An answer with calls has the finish reason ``tool_calls``."""
    return spoiled(
        right,
        answers=lambda response: (
            changed(response, finish_reason="stop") if response.has_tool_calls else response
        ),
    )


@mutant("reasoning/ids_and_signatures_are_sent_back")
def renames_ids(right: Backend) -> Backend:
    """The id of a call is exactly the provider's: its result goes back under it."""
    return with_calls(right, each(lambda call: {"id": f"{call['id']}_1"}))


@mutant("tools/two_parallel_calls")
def gives_every_call_one_id(right: Backend) -> Backend:
    """No two calls of an answer share an id."""
    return with_calls(right, lambda calls: [{**call, "id": calls[0]["id"]} for call in calls])


@mutant("tools/call")
def gives_no_ids(right: Backend) -> Backend:
    """Every call has an id."""
    return with_calls(right, each(lambda _: {"id": ""}))


@mutant("tools/parallel_calls_of_two_tools")
def repeats_a_name(right: Backend) -> Backend:
    """The name of a call is complete once, however often the stream repeats it."""
    return with_calls(right, each(lambda call: {"name": call["name"] * 2}))


@mutant("tools/parallel_calls_of_two_tools")
def gives_every_call_one_name(right: Backend) -> Backend:
    """Each call keeps the name of its own tool."""
    return with_calls(right, lambda calls: [{**call, "name": calls[0]["name"]} for call in calls])


@mutant("tools/call")
def gives_empty_text_for_no_arguments(right: Backend) -> Backend:
    """A call without arguments has ``{}``, not an empty string."""
    return with_calls(
        right, each(lambda call: {"arguments": "" if call["arguments"] == "{}" else call["arguments"]})
    )


@mutant("tools/invalid_arguments_are_kept")
def mends_broken_arguments(right: Backend) -> Backend:
    """Arguments that are not JSON are not repaired."""

    def mended(call: dict[str, Any]) -> dict[str, Any]:
        try:
            json.loads(call["arguments"])
        except ValueError:
            return {"arguments": "{}"}
        return {}

    return with_calls(right, each(mended))


@mutant("tools/call")
def parses_arguments(right: Backend) -> Backend:
    """Arguments are JSON text, and not an object."""
    return with_calls(right, each(lambda call: {"arguments": json.loads(call["arguments"] or "{}")}))


@mutant("tools/call")
def encodes_arguments_twice(right: Backend) -> Backend:
    """Arguments are encoded once."""
    return with_calls(right, each(lambda call: {"arguments": json.dumps(call["arguments"])}))


@mutant("tools/arguments_fit_the_schema")
def gives_numbers_as_texts(right: Backend) -> Backend:
    """A number among the arguments is a number."""
    return with_calls(right, arguments(lambda said: _leaves(said, str)))


@mutant("tools/call")
def loses_nested_arguments(right: Backend) -> Backend:
    """Objects and lists inside arguments survive."""
    return with_calls(
        right,
        arguments(lambda said: {name: value for name, value in said.items() if isinstance(value, str | int)}),
    )


@mutant("tools/call")
def drops_quotes_from_arguments(right: Backend) -> Backend:
    """Quotes inside arguments survive."""
    return with_calls(right, arguments(lambda said: _leaves(said, lambda leaf: _without(leaf, '"'))))


@mutant("tools/call")
def drops_non_ascii_from_arguments(right: Backend) -> Backend:
    """Arguments keep their characters outside ASCII."""
    return with_calls(
        right,
        lambda calls: [
            {**call, "arguments": call["arguments"].encode("ascii", "ignore").decode("ascii")}
            for call in calls
        ],
    )


def _without(leaf: Any, part: str) -> Any:
    return leaf.replace(part, "") if isinstance(leaf, str) else leaf


def _leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _leaves(item, change) for name, item in value.items()}
    return [_leaves(item, change) for item in value] if isinstance(value, list) else change(value)
