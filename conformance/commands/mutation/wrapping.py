"""Wraps a correct backend class, to change what passes between a backend and its caller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from provider.errors import LLMProviderError
from provider.response import LLMResponse, LLMStream

Backend = type[Any]
"""A backend class; mutants use only the methods of the contract, so it needs no base class."""

Only = Literal["invoke", "stream"] | None
"""The only method that has the fault; None for both."""

LEFT_OPEN: list[Callable[[], object]] = []
"""Functions that close what mutants leave open; the plugin calls them after each scenario."""


@dataclass
class Question:
    """The messages, attachments and keyword arguments of a call."""

    messages: Any
    attachments: Any
    options: dict[str, Any]


def nothing(_: Any) -> None:
    """Change nothing."""


def reraised(failure: LLMProviderError) -> LLMResponse:
    """Raise the failure again."""
    raise failure


def subclass(right: Backend, **methods: Any) -> Backend:
    """A subclass of ``right`` with other methods, which call ``right.method(self, …)``."""
    return type(right.__name__, (right,), {"__module__": right.__module__, **methods})


def wrapped(
    right: Backend,
    *,
    question: Callable[[Question], object] = nothing,
    deltas: Callable[[Iterator[str]], Iterable[str]] = iter,
    answer: Callable[[LLMResponse], object] = nothing,
    failure: Callable[[LLMResponse], object] = nothing,
    raised: Callable[[LLMProviderError], LLMResponse] = reraised,
    only: Only = None,
) -> Backend:
    """A subclass of ``right`` that changes what passes through ``invoke`` and ``stream``.

    Args:
        right: the correct class.
        question: changes a question in place; invalid messages pass unchanged.
        deltas: takes the deltas of a stream as they arrive, and gives others.
        answer: changes a response without an error in place.
        failure: changes a response with an error in place.
        raised: takes a raised error; raises another one or returns a response.
        only: the only method to change; both by default.
    """

    def response(whole: LLMResponse) -> LLMResponse:
        (failure if whole.is_error else answer)(whole)
        return whole

    def changed(messages: Any, attachments: Any, options: dict[str, Any]) -> Question:
        whole = Question(messages, attachments, options)
        if messages and isinstance(messages, list) and all(isinstance(each, Mapping) for each in messages):
            question(whole)
        return whole

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        sent = changed(messages, attachments, options)
        try:
            return response(right.invoke(self, sent.messages, sent.attachments, **sent.options))
        except LLMProviderError as error:
            return raised(error)

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        sent = changed(messages, attachments, options)
        inner = right.stream(self, sent.messages, sent.attachments, **sent.options)
        return restreamed(inner, deltas, response, raised)

    methods: dict[str, Any] = {"invoke": invoke, "stream": stream}
    return subclass(right, **{name: methods[name] for name in ([only] if only else methods)})


def restreamed(
    inner: LLMStream,
    deltas: Callable[[Iterator[str]], Iterable[str]] = iter,
    response: Callable[[LLMResponse], LLMResponse] = lambda whole: whole,
    raised: Callable[[LLMProviderError], LLMResponse] = reraised,
) -> LLMStream:
    """A stream that reads ``inner`` and changes what it yields, returns or raises."""

    def produce() -> Generator[str, None, LLMResponse]:
        with contextlib.closing(inner):
            try:
                yield from deltas(inner)
                return response(inner.response)
            except LLMProviderError as error:
                return raised(error)

    return LLMStream(produce)
