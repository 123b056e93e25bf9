"""Tools for mutants: wrap a correct backend and change what passes between it and its caller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from conformance.commands.mutation.mutant import Backend
from provider.errors import LLMProviderError
from provider.response import LLMResponse, LLMStream

T = TypeVar("T")

LEFT_OPEN: list[Callable[[], object]] = []
"""Functions that close what mutants leave open; the plugin calls them after each scenario."""


@dataclass(frozen=True)
class Question:
    """The messages, attachments and keyword arguments of a call."""

    messages: Any
    attachments: Any
    options: dict[str, Any]


def unchanged(value: T) -> T:
    """Change nothing."""
    return value


def reraised(failure: LLMProviderError) -> LLMResponse:
    """Raise the failure again."""
    raise failure


def overriding(right: Backend, **methods: Any) -> Backend:
    """A subclass of ``right`` with other methods, which call ``right.method(self, …)``."""
    return type(right.__name__, (right,), {"__module__": right.__module__, **methods})


def spoiled(
    right: Backend,
    *,
    asks: Callable[[Question], Question] = unchanged,
    tells: Callable[[Iterator[str]], Iterable[str]] = unchanged,
    answers: Callable[[LLMResponse], LLMResponse] = unchanged,
    fails: Callable[[LLMResponse], LLMResponse] = unchanged,
    raises: Callable[[LLMProviderError], LLMResponse] = reraised,
    only: Literal["invoke", "stream"] | None = None,
) -> Backend:
    """A subclass of ``right`` that changes what passes through ``invoke`` and ``stream``.

    Args:
        right: the correct class.
        asks: changes a question; invalid messages pass unchanged.
        tells: changes the deltas of a stream as they arrive.
        answers: changes a response without an error.
        fails: changes a response with an error.
        raises: takes a raised error; raises another one or returns a response.
        only: the only method to change; both by default.
    """

    def response(of: LLMResponse) -> LLMResponse:
        return fails(of) if of.is_error else answers(of)

    def question(messages: Any, attachments: Any, options: dict[str, Any]) -> Question:
        conversation = isinstance(messages, list) and all(isinstance(each, Mapping) for each in messages)
        whole = Question(messages, attachments, options)
        return asks(whole) if conversation and messages else whole

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        asked = question(messages, attachments, options)
        try:
            return response(right.invoke(self, asked.messages, asked.attachments, **asked.options))
        except LLMProviderError as failure:
            return raises(failure)

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        asked = question(messages, attachments, options)
        inner = right.stream(self, asked.messages, asked.attachments, **asked.options)
        return restreamed(inner, tells, response, raises)

    methods: dict[str, Any] = {"invoke": invoke, "stream": stream}
    return overriding(right, **{name: methods[name] for name in ([only] if only else methods)})


def restreamed(
    inner: LLMStream,
    tells: Callable[[Iterator[str]], Iterable[str]] = unchanged,
    response: Callable[[LLMResponse], LLMResponse] = unchanged,
    raises: Callable[[LLMProviderError], LLMResponse] = reraised,
) -> LLMStream:
    """A stream that reads ``inner`` and changes what it yields, returns or raises."""

    def produce() -> Generator[str, None, LLMResponse]:
        with contextlib.closing(inner):
            try:
                yield from tells(inner)
                return response(inner.response)
            except LLMProviderError as failure:
                return raises(failure)

    return LLMStream(produce)


def streaming(right: Backend, kind: Callable[[LLMStream], LLMStream]) -> Backend:
    """A class that wraps its streams in ``kind``."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        return kind(right.stream(self, messages, attachments, **options))

    return overriding(right, stream=stream)


def rewriting(right: Backend, change: Callable[[str], str]) -> Backend:
    """A class that changes the text of every answer, and that of every delta."""
    return spoiled(
        right,
        tells=lambda deltas: filter(None, map(change, deltas)),
        answers=lambda each: rewritten(each, change),
    )


def rewritten(response: LLMResponse, change: Callable[[str], str]) -> LLMResponse:
    """The response with another text."""
    return changed(response, content=change(response.content))


def changed(response: LLMResponse, **fields: Any) -> LLMResponse:
    """The response with other fields, whose values may have the wrong type."""
    for name, value in fields.items():
        setattr(response, name, value)
    return response
