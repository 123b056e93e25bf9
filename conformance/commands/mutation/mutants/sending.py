"""Mutants of the key, the timeout and the retries of a request."""

from __future__ import annotations

import logging
from typing import Any

from conformance.commands.mutation.mutant import FaultFunction, Mutation, killed_by, mutant
from conformance.commands.mutation.operators import method
from conformance.commands.mutation.wrapping import Backend, subclass
from provider.response import LLMResponse


def with_key(fault: FaultFunction, *, name: str) -> Mutation:
    """Like ``method``, for a class that keeps its key as ``key``, which the fault leaks."""

    def mutated(right: Backend) -> Backend:
        def __init__(self: Any, *arguments: Any, api_key: str, **options: Any) -> None:
            right.__init__(self, *arguments, api_key=api_key, **options)
            self.key = api_key

        return method(fault, name=name)(subclass(right, __init__=__init__))

    return mutated


def built_with(**other: Any) -> Mutation:
    """Gives the constructor other options than the caller does."""
    return method(
        lambda _, build, *arguments, **options: build(*arguments, **{**options, **other}), name="__init__"
    )


MUTANTS = [
    *killed_by(
        "errors/the_key_is_never_shown",
        puts_the_key_into_its_repr=with_key(
            lambda llm, _: f"<{llm.model_name} with {llm.key}>", name="__repr__"
        ),
    ),
    *killed_by("derived_answers/each_status_has_its_error_kind", never_retries=built_with(max_retries=0)),
    *killed_by("errors/a_silent_server_is_a_timeout", ignores_the_timeout=built_with(timeout=3600.0)),
    *killed_by(
        "errors/the_key_is_sent_in_its_header_and_to_no_other_host",
        sends_another_key=built_with(api_key="sk-of-somebody-else"),
    ),
]
"""Those of one expression."""


@mutant("errors/the_key_is_never_shown", with_key, name="invoke")
def puts_the_key_into_an_error(llm: Any, invoke: Any, *question: Any, **options: Any) -> LLMResponse:
    """The key is in no error."""
    response: LLMResponse = invoke(*question, **options)
    if response.is_error:
        response.error = f"{response.error} (key {llm.key})"
    return response


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
