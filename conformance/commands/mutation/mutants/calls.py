"""Mutants of tool calls: how many, in which order, their names, ids and arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import answer, arguments, calls, each_call
from provider.response import ToolCall


def leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with every leaf changed."""
    if isinstance(value, dict):
        return {name: leaves(item, change) for name, item in value.items()}
    return [leaves(item, change) for item in value] if isinstance(value, list) else change(value)


INVENTED = ToolCall(id="call_of_nobody", name="get_weather", arguments="{}")

MUTANTS = [
    *killed_by(
        "tools/call",
        calls_twice=calls(lambda calls: [*calls, {**calls[0], "id": "call_again"}]),
        drops_every_call=calls(lambda _: []),
        writes_calls_into_the_text=answer(
            lambda response: response.has_tool_calls and {"content": json.dumps(response.tool_calls)},
            only="invoke",
        ),
        ends_a_call_with_stop=answer(lambda response: response.has_tool_calls and {"finish_reason": "stop"}),
        gives_no_ids=each_call(lambda _: {"id": ""}),
        gives_empty_text_for_no_arguments=each_call(
            lambda call: call["arguments"] == "{}" and {"arguments": ""}
        ),
        parses_arguments=each_call(lambda call: {"arguments": json.loads(call["arguments"] or "{}")}),
        encodes_arguments_twice=each_call(lambda call: {"arguments": json.dumps(call["arguments"])}),
        drops_non_ascii_from_arguments=each_call(
            lambda call: {"arguments": call["arguments"].encode("ascii", "ignore").decode("ascii")}
        ),
        loses_nested_arguments=arguments(
            lambda given: {name: value for name, value in given.items() if isinstance(value, str | int)}
        ),
        drops_quotes_from_arguments=arguments(
            lambda given: leaves(given, lambda leaf: leaf.replace('"', "") if isinstance(leaf, str) else leaf)
        ),
    ),
    *killed_by(
        "tools/two_parallel_calls",
        reverses_calls=calls(lambda calls: calls[::-1]),
        fuses_two_calls=calls(
            lambda calls: [{**calls[0], "arguments": "".join(call["arguments"] for call in calls)}]
        ),
        gives_only_the_first_call=calls(lambda calls: calls[:1]),
        gives_every_call_one_id=calls(lambda calls: [{**call, "id": calls[0]["id"]} for call in calls]),
    ),
    *killed_by("tools/three_parallel_calls", drops_a_third_call=calls(lambda calls: calls[:2])),
    *killed_by(
        "tools/parallel_calls_of_two_tools",
        repeats_a_name=each_call(lambda call: {"name": call["name"] * 2}),
        gives_every_call_one_name=calls(lambda calls: [{**call, "name": calls[0]["name"]} for call in calls]),
    ),
    *killed_by(
        "tools/text_beside_a_call_is_kept",
        drops_the_text_beside_a_call=answer(
            lambda response: response.has_tool_calls and {"content": ""}, only="invoke"
        ),
    ),
    *killed_by(
        "tools/a_tool_offered_but_not_needed",
        invents_a_call=answer(lambda response: {"tool_calls": response.tool_calls or [INVENTED]}),
    ),
    *killed_by(
        "tools/arguments_fit_the_schema", gives_numbers_as_texts=arguments(lambda given: leaves(given, str))
    ),
    *killed_by(
        "reasoning/ids_and_signatures_are_sent_back",
        renames_ids=each_call(lambda call: {"id": f"{call['id']}_1"}),
    ),
]
"""Those of one expression."""


@mutant("tools/two_parallel_calls", calls)
def swaps_arguments(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each of two calls has its own arguments."""
    others = [*calls[1:], calls[0]]
    return [{**call, "arguments": other["arguments"]} for call, other in zip(calls, others, strict=True)]


@mutant("calls/calls_in_any_form_are_normalised", each_call)
def mends_broken_arguments(call: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Arguments that are not JSON are not repaired."""
    try:
        json.loads(call["arguments"])
    except ValueError:
        return {"arguments": "{}"}
    return None
