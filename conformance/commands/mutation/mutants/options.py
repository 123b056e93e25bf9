"""Mutants of keyword arguments, and of data that belongs to the caller."""

from __future__ import annotations

from typing import Any

from conformance.commands.mutation.mutant import killed_by, mutant
from conformance.commands.mutation.operators import method, options, question, tools

NO_TOOL = {"type": "function", "function": {"name": "none", "parameters": {"type": "object"}}}

MUTANTS = [
    *killed_by(
        "invoke/text",
        sets_a_temperature_of_its_own=options(lambda options: options.setdefault("temperature", 0.7)),
    ),
    *killed_by(
        "invoke/max_tokens", drops_max_tokens=options(lambda options: options.pop("max_tokens", None))
    ),
    *killed_by("invoke/stop_sequence", drops_stop=options(lambda options: options.pop("stop", None))),
    *killed_by(
        "invoke/parameters_reach_the_wire",
        streams_without_parameters=question(lambda sent: sent.options.clear(), only="stream"),
    ),
    *killed_by(
        "structured/json_schema",
        drops_the_response_format=options(lambda options: options.pop("response_format", None)),
        asks_for_any_object=options(
            lambda options: (
                "response_format" in options and options.update(response_format={"type": "json_object"})
            )
        ),
    ),
    *killed_by(
        "tools/call",
        streams_without_tools=question(lambda sent: sent.options.update(tools=None), only="stream"),
    ),
    *killed_by(
        "tools/tool_choice_reaches_the_wire",
        drops_the_tool_choice=options(lambda options: options.pop("tool_choice", None)),
    ),
    *killed_by(
        "tools/a_tool_chosen_by_name_reaches_the_wire",
        demands_any_tool=options(
            lambda options: (
                isinstance(options.get("tool_choice"), dict) and options.update(tool_choice="required")
            )
        ),
    ),
    *killed_by(
        "tools/the_right_one_of_two_tools",
        offers_only_the_first_tool=tools(lambda tools: tools[:1]),
        offers_tools_without_parameters=tools(
            lambda tools: [
                {**tool, "function": {**tool["function"], "parameters": {"type": "object"}}} for tool in tools
            ]
        ),
    ),
    *killed_by(
        "tools/an_empty_list_of_tools_is_not_sent",
        offers_a_tool_when_given_none=tools(lambda tools: tools or [NO_TOOL]),
    ),
    *killed_by(
        "usage/a_usage_can_be_declined",
        demands_usage=options(lambda options: options.pop("stream_options", None)),
    ),
]
"""Those of one expression."""


@mutant("invoke/invalid_messages_are_a_bad_request", method, name="invoke")
def asks_without_messages(_: Any, invoke: Any, messages: Any, *attached: Any, **options: Any) -> Any:
    """Nothing is sent without messages."""
    return invoke(messages or [{"role": "user", "content": "Hello"}], *attached, **options)


@mutant("invoke/parameters_reach_the_wire", options)
def drops_a_temperature_of_zero(options: dict[str, Any]) -> None:
    """A parameter that is 0 is sent."""
    for name in [name for name, value in options.items() if not value]:
        del options[name]


@mutant("tools/chat_with_tools_is_invoke_with_tools", method, name="chat_with_tools")
def chats_without_tools(llm: Any, _: Any, messages: Any, __: Any = None, **options: Any) -> Any:
    """chat_with_tools offers the tools that it is given."""
    options.pop("tools", None)
    return llm.invoke(messages, **options)


@mutant("invoke/an_unknown_parameter_raises_nothing", method, name="invoke")
def raises_on_an_unknown_parameter(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """An unknown parameter is not a TypeError."""
    if options.get("conformance_unknown") is not None:
        raise TypeError("got an unexpected keyword argument 'conformance_unknown'")
    return invoke(*question, **options)


@mutant("invoke/text", method, name="invoke")
def changes_the_callers_messages(_: Any, invoke: Any, messages: Any, *attached: Any, **options: Any) -> Any:
    """The caller's messages are not changed."""
    response = invoke(messages, *attached, **options)
    if isinstance(messages, list):
        messages.append({"role": "assistant", "content": response.content})
    return response


@mutant("tools/call", method, name="invoke")
def changes_the_callers_tools(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """The caller's tools are not changed, nor anything inside them."""
    response = invoke(*question, **options)
    for tool in options.get("tools") or ():
        tool["function"].setdefault("strict", False)
    return response


@mutant("structured/json_schema", method, name="invoke")
def changes_the_callers_format(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """The caller's keyword arguments are not changed."""
    response = invoke(*question, **options)
    options.get("response_format", {}).pop("type", None)
    return response


@mutant("invoke/every_question_is_sent", method, name="invoke")
def answers_from_memory(llm: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """A question is sent again even if it was sent before."""
    if not hasattr(llm, "remembered"):
        llm.remembered = {}
    key = repr((question, options))
    if key not in llm.remembered:
        llm.remembered[key] = invoke(*question, **options)
    return llm.remembered[key]
