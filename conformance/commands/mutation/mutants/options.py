"""Mutants of keyword arguments, and of data that belongs to the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import Question, overriding, spoiled
from provider.response import LLMResponse


def without(right: Backend, *names: str) -> Backend:
    """A class that does not send these keyword arguments."""
    return with_options(
        right, lambda options: {name: value for name, value in options.items() if name not in names}
    )


def with_options(right: Backend, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Backend:
    """A class that changes the keyword arguments of a question."""
    return spoiled(right, asks=lambda question: replace(question, options=change(question.options)))


@mutant("invoke/invalid_messages_are_a_bad_request")
def asks_without_messages(right: Backend) -> Backend:
    """Nothing is sent without messages."""
    greeting = [{"role": "user", "content": "Hello"}]

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages or greeting, attachments, **options)
        return response

    return overriding(right, invoke=invoke)


@mutant("invoke/parameters_reach_the_wire")
def drops_a_temperature_of_zero(right: Backend) -> Backend:
    """A parameter that is 0 is sent."""
    return with_options(right, lambda options: {name: value for name, value in options.items() if value})


@mutant("invoke/max_tokens")
def drops_max_tokens(right: Backend) -> Backend:
    """``max_tokens`` reaches the model."""
    return without(right, "max_tokens")


@mutant("invoke/stop_sequence")
def drops_stop(right: Backend) -> Backend:
    """``stop`` reaches the model."""
    return without(right, "stop")


@mutant("structured/json_schema")
def drops_the_response_format(right: Backend) -> Backend:
    """``response_format`` reaches the model."""
    return without(right, "response_format")


@mutant("structured/json_schema")
def asks_for_any_object(right: Backend) -> Backend:
    """The schema of a ``response_format`` reaches the model."""
    any_object = {"response_format": {"type": "json_object"}}
    return with_options(
        right, lambda options: {**options, **any_object} if "response_format" in options else options
    )


@mutant("tools/tool_choice_reaches_the_wire")
def drops_the_tool_choice(right: Backend) -> Backend:
    """``tool_choice`` reaches the model."""
    return without(right, "tool_choice")


@mutant("tools/a_tool_chosen_by_name_reaches_the_wire")
def demands_any_tool(right: Backend) -> Backend:
    """A tool choice that names a tool reaches the model."""
    return with_options(
        right,
        lambda options: (
            {**options, "tool_choice": "required"}
            if isinstance(options.get("tool_choice"), dict)
            else options
        ),
    )


@mutant("tools/chat_with_tools_is_invoke_with_tools")
def chats_without_tools(right: Backend) -> Backend:
    """chat_with_tools offers the tools that it is given."""

    def chat_with_tools(self: Any, messages: Any, tools: Any = None, **options: Any) -> LLMResponse:  # noqa: ARG001  # the fault
        response: LLMResponse = self.invoke(messages, **options)
        return response

    return overriding(right, chat_with_tools=chat_with_tools)


@mutant("tools/the_right_one_of_two_tools")
def offers_only_the_first_tool(right: Backend) -> Backend:
    """Every tool reaches the model."""
    return spoiled(right, asks=lambda question: _with_tools(question, lambda tools: tools[:1]))


@mutant("tools/the_right_one_of_two_tools")
def offers_tools_without_parameters(right: Backend) -> Backend:
    """A tool reaches the model with its parameters."""
    return spoiled(
        right,
        asks=lambda question: _with_tools(
            question,
            lambda tools: [
                {**tool, "function": {**tool["function"], "parameters": {"type": "object"}}} for tool in tools
            ],
        ),
    )


@mutant("tools/an_empty_list_of_tools_is_not_sent")
def offers_a_tool_when_given_none(right: Backend) -> Backend:
    """An empty list of tools offers no tool."""
    made_up = {"type": "function", "function": {"name": "none", "parameters": {"type": "object"}}}
    return spoiled(right, asks=lambda question: _with_tools(question, lambda tools: tools or [made_up]))


def _with_tools(question: Question, change: Callable[[list[Any]], list[Any]]) -> Question:
    tools = question.options.get("tools")
    if tools is None:
        return question
    options = {**question.options, "tools": change(list(tools))}
    return Question(question.messages, question.attachments, options)


@mutant("usage/a_usage_can_be_declined")
def demands_usage(right: Backend) -> Backend:
    """A caller can decline usage."""
    return without(right, "stream_options")


@mutant("invoke/text")
def sets_a_temperature_of_its_own(right: Backend) -> Backend:
    """Nothing is sent that the caller did not set."""
    return with_options(right, lambda options: {"temperature": 0.7, **options})


@mutant("invoke/an_unknown_parameter_raises_nothing")
def raises_on_an_unknown_parameter(right: Backend) -> Backend:
    """An unknown parameter is not a TypeError."""

    def invoke(
        self: Any,
        messages: Any,
        attachments: Any = None,
        *,
        conformance_unknown: None = None,
        **options: Any,
    ) -> LLMResponse:
        if conformance_unknown is not None:
            raise TypeError("got an unexpected keyword argument 'conformance_unknown'")
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)


@mutant("invoke/parameters_reach_the_wire")
def streams_without_parameters(right: Backend) -> Backend:
    """A stream sends the parameters that invoke sends."""
    return spoiled(right, asks=lambda question: replace(question, options={}), only="stream")


@mutant("tools/call")
def streams_without_tools(right: Backend) -> Backend:
    """A stream offers the tools that invoke offers."""

    def asks(question: Question) -> Question:
        return replace(question, options={**question.options, "tools": None})

    return spoiled(right, asks=asks, only="stream")


@mutant("invoke/text")
def changes_the_callers_messages(right: Backend) -> Backend:
    """The caller's messages are not changed."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        if isinstance(messages, list):
            messages.append({"role": "assistant", "content": response.content})
        return response

    return overriding(right, invoke=invoke)


@mutant("tools/call")
def changes_the_callers_tools(right: Backend) -> Backend:
    """The caller's tools are not changed, nor anything inside them."""

    def asks(question: Question) -> Question:
        for tool in question.options.get("tools") or ():
            tool["function"].setdefault("strict", False)
        return question

    return _changing_afterwards(right, asks)


@mutant("structured/json_schema")
def changes_the_callers_format(right: Backend) -> Backend:
    """The caller's keyword arguments are not changed."""

    def asks(question: Question) -> Question:
        question.options.get("response_format", {}).pop("type", None)
        return question

    return _changing_afterwards(right, asks)


def _changing_afterwards(right: Backend, change: Callable[[Question], Any]) -> Backend:
    """A class that sends the question and then changes the caller's data."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        change(Question(messages, attachments, options))
        return response

    return overriding(right, invoke=invoke)


@mutant("invoke/every_question_is_sent")
def answers_from_memory(right: Backend) -> Backend:
    """A question is sent again even if it was asked before."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        if not hasattr(self, "remembered"):
            self.remembered = {}
        asked = repr((messages, attachments, options))
        if asked not in self.remembered:
            self.remembered[asked] = right.invoke(self, messages, attachments, **options)
        response: LLMResponse = self.remembered[asked]
        return response

    return overriding(right, invoke=invoke)
