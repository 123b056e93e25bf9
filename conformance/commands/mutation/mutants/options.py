"""Mutants of keyword arguments, and of data that belongs to the caller."""

from __future__ import annotations

from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import method, options, question, tools
from conformance.commands.mutation.wrapping import Question

Options = dict[str, Any]


@mutant("invoke/invalid_messages_are_a_bad_request", method, name="invoke")
def asks_without_messages(_: Any, invoke: Any, messages: Any, *attached: Any, **options: Any) -> Any:
    """Nothing is sent without messages."""
    return invoke(messages or [{"role": "user", "content": "Hello"}], *attached, **options)


@mutant("invoke/parameters_reach_the_wire", options)
def drops_a_temperature_of_zero(options: Options) -> None:
    """A parameter that is 0 is sent."""
    for name in [name for name, value in options.items() if not value]:
        del options[name]


@mutant("invoke/max_tokens", options)
def drops_max_tokens(options: Options) -> None:
    """``max_tokens`` reaches the model."""
    options.pop("max_tokens", None)


@mutant("invoke/stop_sequence", options)
def drops_stop(options: Options) -> None:
    """``stop`` reaches the model."""
    options.pop("stop", None)


@mutant("structured/json_schema", options)
def drops_the_response_format(options: Options) -> None:
    """``response_format`` reaches the model."""
    options.pop("response_format", None)


@mutant("structured/json_schema", options)
def asks_for_any_object(options: Options) -> None:
    """The schema of a ``response_format`` reaches the model."""
    if "response_format" in options:
        options["response_format"] = {"type": "json_object"}


@mutant("tools/tool_choice_reaches_the_wire", options)
def drops_the_tool_choice(options: Options) -> None:
    """``tool_choice`` reaches the model."""
    options.pop("tool_choice", None)


@mutant("tools/a_tool_chosen_by_name_reaches_the_wire", options)
def demands_any_tool(options: Options) -> None:
    """A tool choice that names a tool reaches the model."""
    if isinstance(options.get("tool_choice"), dict):
        options["tool_choice"] = "required"


@mutant("tools/chat_with_tools_is_invoke_with_tools", method, name="chat_with_tools")
def chats_without_tools(llm: Any, _: Any, messages: Any, __: Any = None, **options: Any) -> Any:
    """chat_with_tools offers the tools that it is given."""
    options.pop("tools", None)
    return llm.invoke(messages, **options)


@mutant("tools/the_right_one_of_two_tools", tools)
def offers_only_the_first_tool(tools: list[Any]) -> list[Any]:
    """Every tool reaches the model."""
    return tools[:1]


@mutant("tools/the_right_one_of_two_tools", tools)
def offers_tools_without_parameters(tools: list[Any]) -> list[Any]:
    """A tool reaches the model with its parameters."""
    return [{**tool, "function": {**tool["function"], "parameters": {"type": "object"}}} for tool in tools]


@mutant("tools/an_empty_list_of_tools_is_not_sent", tools)
def offers_a_tool_when_given_none(tools: list[Any]) -> list[Any]:
    """An empty list of tools offers no tool."""
    return tools or [{"type": "function", "function": {"name": "none", "parameters": {"type": "object"}}}]


@mutant("usage/a_usage_can_be_declined", options)
def demands_usage(options: Options) -> None:
    """A caller can decline usage."""
    options.pop("stream_options", None)


@mutant("invoke/text", options)
def sets_a_temperature_of_its_own(options: Options) -> None:
    """Nothing is sent that the caller did not set."""
    options.setdefault("temperature", 0.7)


@mutant("invoke/an_unknown_parameter_raises_nothing", method, name="invoke")
def raises_on_an_unknown_parameter(_: Any, invoke: Any, *question: Any, **options: Any) -> Any:
    """An unknown parameter is not a TypeError."""
    if options.get("conformance_unknown") is not None:
        raise TypeError("got an unexpected keyword argument 'conformance_unknown'")
    return invoke(*question, **options)


@mutant("invoke/parameters_reach_the_wire", question, only="stream")
def streams_without_parameters(sent: Question) -> None:
    """A stream sends the parameters that invoke sends."""
    sent.options = {}


@mutant("tools/call", question, only="stream")
def streams_without_tools(sent: Question) -> None:
    """A stream offers the tools that invoke offers."""
    sent.options["tools"] = None


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
