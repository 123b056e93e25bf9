"""Saboteurs of tool calls: how many, in which order, their names, ids and arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.sabotage.saboteur import Backend, saboteur
from conformance.sabotage.spoiling import changed, spoiled
from provider.response import LLMResponse

Calls = list[dict[str, Any]]


def called(right: Backend, change: Callable[[Calls], Any]) -> Backend:
    """A class whose answers that call something call something else; no calls stay none."""

    def answers(response: LLMResponse) -> LLMResponse:
        calls: Any = [dict(call) for call in response.tool_calls]
        return changed(response, tool_calls=change(calls)) if calls else response

    return spoiled(right, answers=answers)


def each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Calls], Calls]:
    """The change of one call, for all of them; its fields are those that are other."""
    return lambda calls: [{**call, **change(call)} for call in calls]


def arguments(change: Callable[[Any], Any]) -> Callable[[Calls], Calls]:
    """The change of what the arguments say; what is no JSON stays."""

    def other(call: dict[str, Any]) -> dict[str, Any]:
        try:
            said = json.loads(call["arguments"])
        except ValueError:
            return call
        return {"arguments": json.dumps(change(said), ensure_ascii=False)}

    return each(other)


@saboteur("tools/two_parallel_calls")
def exchanges_arguments(right: Backend) -> Backend:
    """Each of two calls has its own arguments."""
    return called(
        right,
        lambda calls: [
            {**call, "arguments": other["arguments"]}
            for call, other in zip(calls, [*calls[1:], calls[0]], strict=True)
        ],
    )


@saboteur("tools/two_parallel_calls")
def exchanges_calls(right: Backend) -> Backend:
    """Calls keep their order."""
    return called(right, lambda calls: calls[::-1])


@saboteur("tools/two_parallel_calls")
def fuses_two_calls(right: Backend) -> Backend:
    """Two calls stay two."""
    return called(
        right, lambda calls: [{**calls[0], "arguments": "".join(call["arguments"] for call in calls)}]
    )


@saboteur("tools/two_parallel_calls")
def gives_only_the_first_call(right: Backend) -> Backend:
    """Every call is given, not only the first."""
    return called(right, lambda calls: calls[:1])


@saboteur("tools/three_parallel_calls")
def drops_a_third_call(right: Backend) -> Backend:
    """The last call of several is not lost."""
    return called(right, lambda calls: calls[:2])


@saboteur("tools/call")
def calls_twice(right: Backend) -> Backend:
    """One call stays one."""
    return called(right, lambda calls: [*calls, {**calls[0], "id": "call_again"}])


@saboteur("tools/call")
def drops_every_call(right: Backend) -> Backend:
    """A call reaches the caller."""
    return called(right, lambda _: [])


@saboteur("tools/call")
def writes_calls_into_the_text(right: Backend) -> Backend:
    """A call is a call and no text."""
    return spoiled(
        right,
        answers=lambda response: (
            changed(response, content=json.dumps(response.tool_calls))
            if response.has_tool_calls
            else response
        ),
        only="invoke",
    )


@saboteur("tools/text_beside_a_call_is_kept")
def drops_the_text_beside_a_call(right: Backend) -> Backend:
    """What the model says before it calls is kept."""
    return spoiled(
        right,
        answers=lambda response: changed(response, content="") if response.has_tool_calls else response,
        only="invoke",
    )


@saboteur("tools/a_tool_offered_but_not_needed")
def makes_a_call_up(right: Backend) -> Backend:
    """A tool that is offered is not called unless the model calls it."""
    call = {"id": "call_of_nobody", "name": "get_weather", "arguments": "{}"}
    return spoiled(
        right, answers=lambda response: changed(response, tool_calls=response.tool_calls or [call])
    )


@saboteur("tools/call")
def ends_a_call_with_stop(right: Backend) -> Backend:
    """An answer that calls ends with ``tool_calls``."""
    return spoiled(
        right,
        answers=lambda response: (
            changed(response, finish_reason="stop") if response.has_tool_calls else response
        ),
    )


@saboteur("reasoning/what_must_come_back_comes_back")
def renames_ids(right: Backend) -> Backend:
    """The id of a call is the provider's, word for word: its result goes back under it."""
    return called(right, each(lambda call: {"id": f"{call['id']}_1"}))


@saboteur("tools/two_parallel_calls")
def repeats_an_id(right: Backend) -> Backend:
    """No two calls of an answer share an id."""
    return called(right, lambda calls: [{**call, "id": calls[0]["id"]} for call in calls])


@saboteur("tools/call")
def gives_no_ids(right: Backend) -> Backend:
    """Every call has an id."""
    return called(right, each(lambda _: {"id": ""}))


@saboteur("tools/parallel_calls_of_two_tools")
def repeats_a_name(right: Backend) -> Backend:
    """The name of a call is told once, however often the stream repeats it."""
    return called(right, each(lambda call: {"name": call["name"] * 2}))


@saboteur("tools/parallel_calls_of_two_tools")
def calls_one_tool_for_all(right: Backend) -> Backend:
    """Each call keeps the name of its own tool."""
    return called(right, lambda calls: [{**call, "name": calls[0]["name"]} for call in calls])


@saboteur("tools/call")
def loses_empty_arguments(right: Backend) -> Backend:
    """No arguments are ``{}``, never the empty text."""
    return called(
        right, each(lambda call: {"arguments": "" if call["arguments"] == "{}" else call["arguments"]})
    )


@saboteur("tools/broken_arguments_are_no_good_ones")
def mends_broken_arguments(right: Backend) -> Backend:
    """Arguments that are no JSON never become good ones."""

    def mended(call: dict[str, Any]) -> dict[str, Any]:
        try:
            json.loads(call["arguments"])
        except ValueError:
            return {"arguments": "{}"}
        return {}

    return called(right, each(mended))


@saboteur("tools/call")
def parses_arguments(right: Backend) -> Backend:
    """Arguments are JSON text, and not an object."""
    return called(right, each(lambda call: {"arguments": json.loads(call["arguments"] or "{}")}))


@saboteur("tools/call")
def encodes_arguments_twice(right: Backend) -> Backend:
    """Arguments are encoded once."""
    return called(right, each(lambda call: {"arguments": json.dumps(call["arguments"])}))


@saboteur("tools/arguments_fit_the_schema")
def gives_numbers_as_texts(right: Backend) -> Backend:
    """A number among the arguments is a number."""
    return called(right, arguments(lambda said: _leaves(said, str)))


@saboteur("tools/call")
def loses_nested_arguments(right: Backend) -> Backend:
    """Objects and lists inside arguments survive."""
    return called(
        right,
        arguments(lambda said: {name: value for name, value in said.items() if isinstance(value, str | int)}),
    )


@saboteur("tools/call")
def drops_quotes_from_arguments(right: Backend) -> Backend:
    """Quotes inside arguments survive."""
    return called(right, arguments(lambda said: _leaves(said, lambda leaf: _without(leaf, '"'))))


@saboteur("tools/call")
def calls_in_ascii(right: Backend) -> Backend:
    """Every script of the world survives inside arguments."""
    return called(
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
