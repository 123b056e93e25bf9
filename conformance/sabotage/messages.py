"""Saboteurs of the messages: what of a conversation does not reach the server as it was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.sabotage.saboteur import Backend, saboteur
from conformance.sabotage.spoiling import spoiled

Messages = list[dict[str, Any]]


def saying(right: Backend, change: Callable[[Messages], Messages]) -> Backend:
    """A class that sends other messages."""
    return spoiled(right, asks=lambda question: replace(question, messages=change(list(question.messages))))


def each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Messages], Messages]:
    """The change of one message, for all of them; its fields are those that are other."""
    return lambda messages: [{**message, **change(message)} for message in messages]


@saboteur("invoke/system_prompt")
def drops_the_system_prompt(right: Backend) -> Backend:
    """The system prompt reaches the model."""
    return saying(
        right, lambda messages: [message for message in messages if message["role"] != "system"] or messages
    )


@saboteur("invoke/system_prompt")
def says_the_system_prompt_as_user(right: Backend) -> Backend:
    """The system prompt goes under its own role."""
    return saying(right, each(lambda message: {"role": "user"} if message["role"] == "system" else {}))


@saboteur("invoke/system_prompt")
def says_the_system_prompt_last(right: Backend) -> Backend:
    """The system prompt stays before the question."""
    return saying(right, lambda messages: sorted(messages, key=lambda message: message["role"] == "system"))


@saboteur("invoke/memory")
def says_only_the_last_message(right: Backend) -> Backend:
    """The earlier turns reach the model."""
    return saying(right, lambda messages: messages[-1:])


@saboteur("invoke/memory")
def forgets_what_is_long_ago(right: Backend) -> Backend:
    """A history is sent whole, however long it is."""
    return saying(right, lambda messages: messages[-4:])


@saboteur("invoke/same_role_twice")
def keeps_one_of_two_of_a_role(right: Backend) -> Backend:
    """Two messages of one role in a row are both sent."""
    return saying(
        right,
        lambda messages: [
            message
            for message, following in zip(messages, [*messages[1:], {"role": None}], strict=True)
            if message["role"] != following["role"] or message["role"] == "tool"
        ],
    )


@saboteur("invoke/says")
def asks_in_ascii(right: Backend) -> Backend:
    """Every script of the world reaches the model."""
    return saying(
        right,
        each(
            lambda message: (
                {"content": message["content"].encode("ascii", "ignore").decode("ascii")}
                if isinstance(message.get("content"), str)
                else {}
            )
        ),
    )


@saboteur("invoke/content_as_parts")
def drops_content_parts(right: Backend) -> Backend:
    """A content that is a list of parts is sent."""
    return saying(
        right, each(lambda message: {"content": ""} if isinstance(message.get("content"), list) else {})
    )


@saboteur("invoke/cache_control_reaches_the_wire")
def drops_cache_control(right: Backend) -> Backend:
    """What a part says about caching is sent."""

    def plain(message: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(message.get("content"), list):
            return {}
        return {"content": [{**part, "cache_control": None} for part in message["content"]]}

    return saying(right, each(plain))


@saboteur("tools/answer_after_two_results")
def exchanges_results(right: Backend) -> Backend:
    """Each result goes back under the id of its own call."""

    def exchanged(messages: Messages) -> Messages:
        results = iter([message for message in messages if message["role"] == "tool"][::-1])
        return [
            {**message, "content": next(results)["content"]} if message["role"] == "tool" else message
            for message in messages
        ]

    return saying(right, exchanged)


@saboteur("tools/answer_after_two_results")
def sends_every_result_under_one_id(right: Backend) -> Backend:
    """No two results share the id of a call."""
    return saying(
        right, each(lambda message: {"tool_call_id": "call_1"} if message["role"] == "tool" else {})
    )


@saboteur("tools/answer_after")
def drops_the_id_of_a_result(right: Backend) -> Backend:
    """A result goes back with the id of its call."""
    return saying(right, each(lambda message: {"tool_call_id": ""} if message["role"] == "tool" else {}))


@saboteur("tools/answer_after")
def drops_earlier_calls(right: Backend) -> Backend:
    """The calls that were made reach the model again."""
    return saying(
        right,
        lambda messages: [
            {name: value for name, value in message.items() if name != "tool_calls"} for message in messages
        ],
    )


@saboteur("tools/answer_after")
def sends_results_as_user(right: Backend) -> Backend:
    """A result goes back under its own role."""
    return saying(right, each(lambda message: {"role": "user"} if message["role"] == "tool" else {}))


@saboteur("tools/a_list_as_a_result")
def sends_a_result_in_pythons_words(right: Backend) -> Backend:
    """A result that is no text is sent as JSON."""
    return saying(
        right,
        each(lambda message: {"content": str(message["content"])} if message["role"] == "tool" else {}),
    )
