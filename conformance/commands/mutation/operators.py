"""Operators of mutants: each makes a faulty class of a correct one, and takes the fault as a function.

Most faults change their argument in place: a response, a call, a message, the options of a question.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from conformance.commands.mutation.wrapping import Backend, Only, Question, restreamed, subclass, wrapped
from provider.response import LLMResponse, LLMStream

FaultFunction = Callable[..., Any]
"""What a mutant does wrong."""


def whole_class(right: Backend, fault: FaultFunction) -> Backend:
    """The fault makes the faulty class itself."""
    made: Backend = fault(right)
    return made


def method(right: Backend, fault: FaultFunction, *, name: str) -> Backend:
    """The fault replaces a method: it takes the instance, the correct method and the arguments."""

    def replaced(self: Any, *arguments: Any, **options: Any) -> Any:
        return fault(self, partial(getattr(right, name), self), *arguments, **options)

    return subclass(right, **{name: replaced})


def stream_class(right: Backend, fault: type[LLMStream]) -> Backend:
    """The fault is a class of streams, which wraps a correct one."""
    return method(
        right, lambda _, stream, *question, **options: fault(stream(*question, **options)), name="stream"
    )


def question(right: Backend, fault: FaultFunction, *, only: Only = None) -> Backend:
    """The fault changes a :class:`Question`."""
    return wrapped(right, question=fault, only=only)


def messages(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the messages of a question, and gives others."""

    def other(sent: Question) -> None:
        sent.messages = fault(list(sent.messages))

    return wrapped(right, question=other)


def each_message(right: Backend, fault: FaultFunction) -> Backend:
    """The fault changes a copy of each message."""
    return messages(right, partial(_each, fault))


def attachments(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the attachments of a question, and gives others."""

    def other(sent: Question) -> None:
        sent.attachments = fault(list(sent.attachments or ()))

    return wrapped(right, question=other)


def options(right: Backend, fault: FaultFunction) -> Backend:
    """The fault changes the keyword arguments of a question."""
    return wrapped(right, question=lambda sent: fault(sent.options))


def tools(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the tools of a question that has any, and gives others."""

    def other(options: dict[str, Any]) -> None:
        if options.get("tools") is not None:
            options["tools"] = fault(list(options["tools"]))

    return wrapped(right, question=lambda sent: other(sent.options))


def deltas(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the deltas of a stream, and gives others; the response stays as it is."""
    return wrapped(right, deltas=fault)


def joined_deltas(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the deltas of a stream, and gives others; the response agrees with them."""

    def stream(_: Any, correct: Callable[..., LLMStream], *question: Any, **options: Any) -> LLMStream:
        yielded: list[str] = []

        def other(arriving: Iterator[str]) -> list[str]:
            yielded.extend(fault(arriving))
            return yielded

        def response(whole: LLMResponse) -> LLMResponse:
            whole.content = "".join(yielded)
            return whole

        return restreamed(correct(*question, **options), other, response)

    return method(right, stream, name="stream")


def answer(right: Backend, fault: FaultFunction, *, only: Only = None) -> Backend:
    """The fault changes a response without an error."""
    return wrapped(right, answer=fault, only=only)


def text(right: Backend, fault: FaultFunction, *, only: Only = None) -> Backend:
    """The fault takes the text of an answer, or a delta of a stream, and gives another."""

    def other(response: LLMResponse) -> None:
        response.content = fault(response.content)

    return wrapped(right, deltas=lambda each: filter(None, map(fault, each)), answer=other, only=only)


def calls(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the calls of an answer that has any, and gives others."""

    def other(response: Any) -> None:
        if response.tool_calls:
            response.tool_calls = fault([dict(call) for call in response.tool_calls])

    return wrapped(right, answer=other)


def each_call(right: Backend, fault: FaultFunction) -> Backend:
    """The fault changes each call of an answer."""
    return calls(right, partial(_each, fault))


def arguments(right: Backend, fault: FaultFunction) -> Backend:
    """The fault takes the decoded arguments of a call, and gives others; it skips what is not JSON."""

    def other(call: dict[str, Any]) -> None:
        with contextlib.suppress(ValueError):
            call["arguments"] = json.dumps(fault(json.loads(call["arguments"])), ensure_ascii=False)

    return each_call(right, other)


def failure(right: Backend, fault: FaultFunction, *, only: Only = None) -> Backend:
    """The fault changes a response with an error, or raises."""
    return wrapped(right, failure=fault, only=only)


def raised(right: Backend, fault: FaultFunction, *, only: Only = None) -> Backend:
    """The fault takes an error that the backend raises, and raises another one or returns a response."""
    return wrapped(right, raised=fault, only=only)


def _each(fault: FaultFunction, items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    copies = [dict(item) for item in items]
    for item in copies:
        fault(item)
    return copies
