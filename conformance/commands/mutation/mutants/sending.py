"""Mutants of the key, the timeout and the retries of a request."""

from __future__ import annotations

import logging
from typing import Any

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, overriding
from provider.response import LLMResponse


def with_key(right: Backend, **methods: Any) -> Backend:
    """A class that keeps its key as ``key``, for methods that leak it."""

    def __init__(self: Any, *arguments: Any, api_key: str, **options: Any) -> None:
        right.__init__(self, *arguments, api_key=api_key, **options)
        self.key = api_key

    return overriding(right, __init__=__init__, **methods)


@mutant("errors/the_key_is_never_shown")
def puts_the_key_into_an_error(right: Backend) -> Backend:
    """The key is in no error."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        words = f"{response.error} (key {self.key})"
        return changed(response, error=words) if response.is_error else response

    return with_key(right, invoke=invoke)


@mutant("errors/the_key_is_never_shown")
def puts_the_key_into_its_repr(right: Backend) -> Backend:
    """The key is in no repr."""
    return with_key(right, __repr__=lambda self: f"<{self.model_name} with {self.key}>")


@mutant("errors/the_key_is_never_shown")
def logs_the_key(right: Backend) -> Backend:
    """The key is in no log message."""

    def load(self: Any) -> bool:
        logging.getLogger(__name__).debug("loading with %s", self.key)
        loaded: bool = right.load(self)
        return loaded

    return with_key(right, load=load)


@mutant("derived_answers/each_status_has_its_error_kind")
def retries_once_too_often(right: Backend) -> Backend:
    """A failed request is retried no more often than configured."""

    def invoke(self: Any, messages: Any, attachments: Any = None, **options: Any) -> LLMResponse:
        response: LLMResponse = right.invoke(self, messages, attachments, **options)
        if response.retryable:
            response = right.invoke(self, messages, attachments, **options)
        return response

    return overriding(right, invoke=invoke)


def built_with(right: Backend, **other: Any) -> Backend:
    """A class that is built with other arguments than the caller's."""

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        right.__init__(self, *arguments, **{**options, **other})

    return overriding(right, __init__=__init__)


@mutant("derived_answers/each_status_has_its_error_kind")
def never_retries(right: Backend) -> Backend:
    """A temporary failure is retried as often as configured."""
    return built_with(right, max_retries=0)


@mutant("errors/a_silent_server_is_a_timeout")
def ignores_the_timeout(right: Backend) -> Backend:
    """The configured timeout is kept."""
    return built_with(right, timeout=3600.0)


@mutant("errors/the_key_is_sent_in_its_header_and_to_no_other_host")
def sends_another_key(right: Backend) -> Backend:
    """The key that is sent is the caller's."""
    return built_with(right, api_key="sk-of-somebody-else")
