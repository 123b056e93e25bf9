"""Mutants of the key, the timeout and the retries of a request."""

from __future__ import annotations

import logging
from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import method
from conformance.commands.mutation.wrapping import Backend, subclass
from provider.response import LLMResponse


def with_key(right: Backend, fault: Any, *, name: str) -> Backend:
    """Like ``method``, for a class that keeps its key as ``key``, which the fault leaks."""

    def __init__(self: Any, *arguments: Any, api_key: str, **options: Any) -> None:
        right.__init__(self, *arguments, api_key=api_key, **options)
        self.key = api_key

    return method(subclass(right, __init__=__init__), fault, name=name)


@mutant("errors/the_key_is_never_shown", with_key, name="invoke")
def puts_the_key_into_an_error(llm: Any, invoke: Any, *question: Any, **options: Any) -> LLMResponse:
    """The key is in no error."""
    response: LLMResponse = invoke(*question, **options)
    if response.is_error:
        response.error = f"{response.error} (key {llm.key})"
    return response


@mutant("errors/the_key_is_never_shown", with_key, name="__repr__")
def puts_the_key_into_its_repr(llm: Any, _: Any) -> str:
    """The key is in no repr."""
    return f"<{llm.model_name} with {llm.key}>"


@mutant("errors/the_key_is_never_shown", with_key, name="load")
def logs_the_key(llm: Any, load: Any) -> Any:
    """The key is in no log message."""
    logging.getLogger(__name__).debug("loading with %s", llm.key)
    return load()


@mutant("derived_answers/each_status_has_its_error_kind", method, name="invoke")
def retries_once_too_often(_: Any, invoke: Any, *question: Any, **options: Any) -> LLMResponse:
    """A failed request is retried no more often than configured."""
    response: LLMResponse = invoke(*question, **options)
    return invoke(*question, **options) if response.retryable else response


@mutant("derived_answers/each_status_has_its_error_kind", method, name="__init__")
def never_retries(_: Any, build: Any, *arguments: Any, **options: Any) -> None:
    """A temporary failure is retried as often as configured."""
    build(*arguments, **{**options, "max_retries": 0})


@mutant("errors/a_silent_server_is_a_timeout", method, name="__init__")
def ignores_the_timeout(_: Any, build: Any, *arguments: Any, **options: Any) -> None:
    """The configured timeout is kept."""
    build(*arguments, **{**options, "timeout": 3600.0})


@mutant("errors/the_key_is_sent_in_its_header_and_to_no_other_host", method, name="__init__")
def sends_another_key(_: Any, build: Any, *arguments: Any, **options: Any) -> None:
    """The key that is sent is the caller's."""
    build(*arguments, **{**options, "api_key": "sk-of-somebody-else"})
