"""Mutants of the messages of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import spoiled

Messages = list[dict[str, Any]]


def with_messages(right: Backend, change: Callable[[Messages], Messages]) -> Backend:
    """A class that changes the messages of a question."""
    return spoiled(right, asks=lambda question: replace(question, messages=change(list(question.messages))))


def each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Messages], Messages]:
    """Applies ``change``, which gives the changed fields of a message, to every message."""
    return lambda messages: [{**message, **change(message)} for message in messages]


@mutant("invoke/system_prompt")
def drops_the_system_prompt(right: Backend) -> Backend:
    """The system prompt reaches the model."""
    return with_messages(
        right, lambda messages: [message for message in messages if message["role"] != "system"] or messages
    )


@mutant("invoke/system_prompt")
def sends_the_system_prompt_as_user(right: Backend) -> Backend:
    """The system prompt keeps its role."""
    return with_messages(right, each(lambda message: {"role": "user"} if message["role"] == "system" else {}))


@mutant("invoke/system_prompt")
def sends_the_system_prompt_last(right: Backend) -> Backend:
    """The system prompt stays before the question."""
    return with_messages(
        right, lambda messages: sorted(messages, key=lambda message: message["role"] == "system")
    )


@mutant("invoke/memory")
def sends_only_the_last_message(right: Backend) -> Backend:
    """The earlier turns reach the model."""
    return with_messages(right, lambda messages: messages[-1:])


@mutant("invoke/memory")
def sends_only_the_last_four_messages(right: Backend) -> Backend:
    """A long history is sent whole."""
    return with_messages(right, lambda messages: messages[-4:])


@mutant("invoke/same_role_twice")
def sends_one_of_two_messages_of_a_role(right: Backend) -> Backend:
    """Two messages of one role in a row are both sent."""
    return with_messages(
        right,
        lambda messages: [
            message
            for message, following in zip(messages, [*messages[1:], {"role": None}], strict=True)
            if message["role"] != following["role"] or message["role"] == "tool"
        ],
    )


@mutant("invoke/says")
def drops_non_ascii_from_messages(right: Backend) -> Backend:
    """Messages keep their characters outside ASCII."""
    return with_messages(
        right,
        each(
            lambda message: (
                {"content": message["content"].encode("ascii", "ignore").decode("ascii")}
                if isinstance(message.get("content"), str)
                else {}
            )
        ),
    )


@mutant("invoke/content_as_parts")
def drops_content_parts(right: Backend) -> Backend:
    """Content that is a list of parts is sent."""
    return with_messages(
        right, each(lambda message: {"content": ""} if isinstance(message.get("content"), list) else {})
    )


@mutant("invoke/cache_control_reaches_the_wire")
def drops_cache_control(right: Backend) -> Backend:
    """The cache control of a part is sent."""

    def plain(message: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(message.get("content"), list):
            return {}
        return {"content": [{**part, "cache_control": None} for part in message["content"]]}

    return with_messages(right, each(plain))


@mutant("tools/answer_after_two_results")
def swaps_results(right: Backend) -> Backend:
    """Each result goes back under the id of its own call."""

    def exchanged(messages: Messages) -> Messages:
        results = iter([message for message in messages if message["role"] == "tool"][::-1])
        return [
            {**message, "content": next(results)["content"]} if message["role"] == "tool" else message
            for message in messages
        ]

    return with_messages(right, exchanged)


@mutant("tools/answer_after_two_results")
def sends_every_result_under_one_id(right: Backend) -> Backend:
    """Two results have the ids of two calls."""
    return with_messages(
        right, each(lambda message: {"tool_call_id": "call_1"} if message["role"] == "tool" else {})
    )


@mutant("tools/answer_after")
def drops_the_id_of_a_result(right: Backend) -> Backend:
    """A result goes back with the id of its call."""
    return with_messages(
        right, each(lambda message: {"tool_call_id": ""} if message["role"] == "tool" else {})
    )


@mutant("tools/answer_after")
def drops_earlier_calls(right: Backend) -> Backend:
    """Earlier calls are sent again with the history."""
    return with_messages(
        right,
        lambda messages: [
            {name: value for name, value in message.items() if name != "tool_calls"} for message in messages
        ],
    )


@mutant("tools/answer_after")
def sends_results_as_user(right: Backend) -> Backend:
    """A result keeps its role."""
    return with_messages(right, each(lambda message: {"role": "user"} if message["role"] == "tool" else {}))


@mutant("tools/a_list_as_a_result")
def sends_a_result_as_python_repr(right: Backend) -> Backend:
    """A result that is not a string is sent as JSON."""
    return with_messages(
        right,
        each(lambda message: {"content": str(message["content"])} if message["role"] == "tool" else {}),
    )
