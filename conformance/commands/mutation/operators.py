"""Operators of mutants: each takes a fault as a function, and gives what puts it into a correct class."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from conformance.commands.mutation.mutant import FaultFunction, Mutation
from conformance.commands.mutation.wrapping import Backend, Only, Question, restreamed, subclass, wrapped
from provider.response import LLMResponse, LLMStream


def method(fault: FaultFunction, *, name: str) -> Mutation:
    """The fault replaces a method: it takes the instance, the correct method and the arguments."""

    def mutated(right: Backend) -> Backend:
        def replaced(self: Any, *arguments: Any, **options: Any) -> Any:
            return fault(self, partial(getattr(right, name), self), *arguments, **options)

        return subclass(right, **{name: replaced})

    return mutated


def stream_class(fault: type[LLMStream]) -> Mutation:
    """The fault is a class of streams, which wraps a correct one."""
    return method(lambda _, stream, *question, **options: fault(stream(*question, **options)), name="stream")


def question(fault: FaultFunction, *, only: Only = None) -> Mutation:
    """The fault changes a :class:`Question`."""
    return partial(wrapped, question=fault, only=only)


def messages(fault: FaultFunction) -> Mutation:
    """The fault takes the messages of a question, and gives others."""

    def other(sent: Question) -> None:
        sent.messages = fault(list(sent.messages))

    return question(other)


def each_message(fault: FaultFunction) -> Mutation:
    """The fault takes a message, and gives the fields to change, if any."""
    return messages(lambda messages: [_with(fault, message) for message in messages])


def attachments(fault: FaultFunction) -> Mutation:
    """The fault takes the attachments of a question, and gives others."""

    def other(sent: Question) -> None:
        sent.attachments = fault(list(sent.attachments or ()))

    return question(other)


def options(fault: FaultFunction) -> Mutation:
    """The fault changes the keyword arguments of a question."""
    return question(lambda sent: fault(sent.options))


def tools(fault: FaultFunction) -> Mutation:
    """The fault takes the tools of a question that has any, and gives others."""

    def other(options: dict[str, Any]) -> None:
        if options.get("tools") is not None:
            options["tools"] = fault(list(options["tools"]))

    return question(lambda sent: other(sent.options))


def deltas(fault: FaultFunction) -> Mutation:
    """The fault takes the deltas of a stream, and gives others; the response stays as it is."""
    return partial(wrapped, deltas=fault)


def joined_deltas(fault: FaultFunction) -> Mutation:
    """The fault takes the list of all deltas, and gives another; the response agrees with them."""

    def stream(_: Any, correct: Callable[..., LLMStream], *question: Any, **options: Any) -> LLMStream:
        yielded: list[str] = []

        def other(arriving: Iterator[str]) -> list[str]:
            yielded.extend(fault(list(arriving)))
            return yielded

        def response(whole: LLMResponse) -> LLMResponse:
            whole.content = "".join(yielded)
            return whole

        return restreamed(correct(*question, **options), other, response)

    return method(stream, name="stream")


def answer(fault: FaultFunction, *, only: Only = None) -> Mutation:
    """The fault takes a response without an error, and gives the attributes to change, if any."""
    return partial(wrapped, answer=partial(_set, fault), only=only)


def text(fault: FaultFunction, *, only: Only = None) -> Mutation:
    """The fault takes the text of an answer, or a delta of a stream, and gives another."""

    def other(response: LLMResponse) -> None:
        response.content = fault(response.content)

    return partial(wrapped, deltas=lambda each: filter(None, map(fault, each)), answer=other, only=only)


def calls(fault: FaultFunction) -> Mutation:
    """The fault takes the calls of an answer that has any, and gives others."""
    return answer(lambda response: response.tool_calls and {"tool_calls": fault(response.tool_calls)})


def each_call(fault: FaultFunction) -> Mutation:
    """The fault takes a call of an answer, and gives the fields to change, if any."""
    return calls(lambda calls: [_with(fault, call) for call in calls])


def arguments(fault: FaultFunction) -> Mutation:
    """The fault takes the decoded arguments of a call, and gives others; it skips what is not JSON."""

    def other(call: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with contextlib.suppress(ValueError):
            return {"arguments": json.dumps(fault(json.loads(call["arguments"])), ensure_ascii=False)}
        return None

    return each_call(other)


def failure(fault: FaultFunction, *, only: Only = None) -> Mutation:
    """The fault takes a response with an error, and gives the attributes to change, if any, or raises."""
    return partial(wrapped, failure=partial(_set, fault), only=only)


def raised(fault: FaultFunction, *, only: Only = None) -> Mutation:
    """The fault takes an error that the backend raises, and raises another one or returns a response."""
    return partial(wrapped, raised=fault, only=only)


def _set(fault: FaultFunction, response: LLMResponse) -> None:
    for name, value in (fault(response) or {}).items():
        setattr(response, name, value)


def _with(fault: FaultFunction, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, **(fault(fields) or {})}
