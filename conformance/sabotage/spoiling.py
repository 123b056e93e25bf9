"""The means of saboteurs: a right backend, changed in one place between its caller and itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from conformance.sabotage.saboteur import Backend
from provider.errors import LLMProviderError
from provider.response import LLMResponse, LLMStream

LEFT_OPEN: list[Callable[[], object]] = []
"""What saboteurs leave open, as calls that close it: whoever runs them does so after each scenario."""


@dataclass(frozen=True)
class Question:
    """What a caller asks: messages, attachments and keyword arguments."""

    messages: Any
    attachments: Any
    options: dict[str, Any]


def same(question: Question) -> Question:
    """The question as it is."""
    return question


def told(deltas: Iterator[str]) -> Iterable[str]:
    """The deltas as they are."""
    return deltas


def given(response: LLMResponse) -> LLMResponse:
    """The response as it is."""
    return response


def raised(failure: LLMProviderError) -> LLMResponse:
    """The failure as it is."""
    raise failure


def overriding(right: Backend, **methods: Any) -> Backend:
    """A class like ``right`` with other methods; they get ``self`` and call ``right.method(self, …)``."""
    return type(right.__name__, (right,), {"__module__": right.__module__, **methods})


def spoiled(
    right: Backend,
    *,
    asks: Callable[[Question], Question] = same,
    tells: Callable[[Iterator[str]], Iterable[str]] = told,
    answers: Callable[[LLMResponse], LLMResponse] = given,
    fails: Callable[[LLMResponse], LLMResponse] = given,
    raises: Callable[[LLMProviderError], LLMResponse] = raised,
    only: Literal["invoke", "stream"] | None = None,
) -> Backend:
    """A class like ``right`` that changes what goes through ``invoke`` and ``stream``.

    Args:
        right: the right class.
        asks: changes a question; one that is no conversation goes on as it is.
        tells: changes the deltas of a stream, as they come.
        answers: changes a response that is an answer.
        fails: changes a response that is an error.
        raises: raises another error, or returns a response instead.
        only: the one method that is changed; both by default.
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
    tells: Callable[[Iterator[str]], Iterable[str]] = told,
    response: Callable[[LLMResponse], LLMResponse] = given,
    raises: Callable[[LLMProviderError], LLMResponse] = raised,
) -> LLMStream:
    """A stream that reads ``inner`` and changes what it tells."""

    def produce() -> Generator[str, None, LLMResponse]:
        with contextlib.closing(inner):
            try:
                yield from tells(inner)
                return response(inner.response)
            except LLMProviderError as failure:
                return raises(failure)

    return LLMStream(produce)


def streaming(right: Backend, kind: Callable[[LLMStream], LLMStream]) -> Backend:
    """A class whose streams are of another kind."""

    def stream(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMStream:
        return kind(right.stream(self, messages, attachments, **options))

    return overriding(right, stream=stream)


def spoken(right: Backend, change: Callable[[str], str]) -> Backend:
    """A class whose every text is changed, invoked and streamed, delta by delta."""
    return spoiled(
        right, tells=lambda deltas: filter(None, map(change, deltas)), answers=lambda each: said(each, change)
    )


def said(response: LLMResponse, change: Callable[[str], str]) -> LLMResponse:
    """The response with its text changed."""
    return changed(response, content=change(response.content))


def changed(response: LLMResponse, **fields: Any) -> LLMResponse:
    """The response with other fields; also with values that their types forbid."""
    for name, value in fields.items():
        setattr(response, name, value)
    return response
