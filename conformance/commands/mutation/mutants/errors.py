"""Mutants of failures: whether an answer is one, of which kind, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from conformance.commands.mutation.mutant import Mutation, killed_by, mutant
from conformance.commands.mutation.operators import failure, raised
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse, ToolCall

AN_ANSWER = {"error": None, "error_code": None, "error_kind": None, "finish_reason": "stop"}
"""What makes an answer of a failure."""
HALF_A_CALL = ToolCall(id="call_half", name="get_weather", arguments='{"ci')
ALWAYS_RETRYABLE = type("AlwaysRetryable", (LLMResponse,), {"retryable": True})
NEVER_RETRYABLE = type("NeverRetryable", (LLMResponse,), {"retryable": False})


def of_kind(kind: ErrorKind, changes: Mapping[str, Any]) -> Mutation:
    """Changes failures of one kind."""
    return failure(lambda response: response.error_kind is kind and changes)


def mistaken(kind: ErrorKind, other: ErrorKind) -> Mutation:
    """Reports failures of one kind as another."""
    return of_kind(kind, {"error_kind": other})


MUTANTS = [
    *killed_by(
        "derived_streams/a_stream_that_ends_early_is_interrupted",
        takes_a_cut_stream_for_whole=of_kind(ErrorKind.INTERRUPTED, AN_ANSWER),
        gives_half_a_call=of_kind(ErrorKind.INTERRUPTED, {"tool_calls": [HALF_A_CALL]}),
    ),
    *killed_by(
        "derived_streams/a_stalled_stream_is_a_timeout",
        drops_the_text_of_a_failed_stream=failure(lambda _: {"content": ""}),
        takes_a_stall_for_a_cut=failure(
            lambda response: (
                response.content
                and response.error_kind is ErrorKind.TIMEOUT
                and {"error_kind": ErrorKind.INTERRUPTED}
            )
        ),
    ),
    *killed_by(
        "wire_errors/an_error_inside_a_stream_is_reported",
        swallows_an_error_inside_a_stream=failure(
            lambda response: response.content and response.status is None and AN_ANSWER
        ),
    ),
    *killed_by(
        "derived_answers/a_200_without_an_answer_is_malformed",
        takes_every_200_for_an_answer=of_kind(ErrorKind.MALFORMED_RESPONSE, AN_ANSWER),
        returns_the_error_as_text=failure(
            lambda response: {"content": f"Error: {response.error}"}, only="invoke"
        ),
    ),
    *killed_by(
        "derived_answers/each_status_has_its_error_kind",
        calls_every_failure_a_server_error=failure(lambda _: {"error_kind": ErrorKind.SERVER}),
        loses_the_status=failure(lambda _: {"status": None}),
        fails_without_a_message=failure(lambda _: {"error": ""}),
        invents_error_codes=failure(lambda response: {"error_code": response.error_kind}),
    ),
    *killed_by(
        "derived_answers/retry_after_is_reported_in_seconds",
        loses_retry_after=failure(lambda _: {"retry_after": None}),
        waits_in_whole_seconds=failure(lambda response: {"retry_after": int(response.retry_after or 0)}),
    ),
    *killed_by(
        "errors/each_error_of_a_provider_has_its_kind",
        takes_a_used_up_quota_for_a_rate_limit=mistaken(ErrorKind.QUOTA, ErrorKind.RATE_LIMIT),
        takes_a_content_filter_for_a_bad_request=mistaken(ErrorKind.CONTENT_FILTER, ErrorKind.BAD_REQUEST),
        takes_overload_for_a_server_error=mistaken(ErrorKind.OVERLOADED, ErrorKind.SERVER),
    ),
    *killed_by(
        "errors/a_wrong_key_is_an_authentication_error",
        takes_a_wrong_key_for_a_bad_request=mistaken(ErrorKind.AUTHENTICATION, ErrorKind.BAD_REQUEST),
    ),
    *killed_by(
        "errors/an_unknown_path_is_not_found",
        takes_a_wrong_path_for_a_server_error=mistaken(ErrorKind.NOT_FOUND, ErrorKind.SERVER),
        calls_every_failure_retryable=failure(lambda _: {"__class__": ALWAYS_RETRYABLE}),
    ),
    *killed_by(
        "errors/a_refused_connection_is_a_connection_error",
        takes_a_refused_connection_for_a_server_error=mistaken(ErrorKind.CONNECTION, ErrorKind.SERVER),
        calls_no_failure_retryable=failure(lambda _: {"__class__": NEVER_RETRYABLE}),
        hides_the_cause=failure(lambda _: {"error": "Connection error."}),
    ),
    *killed_by(
        "errors/a_silent_server_is_a_timeout",
        takes_a_timeout_for_a_lost_connection=mistaken(ErrorKind.TIMEOUT, ErrorKind.CONNECTION),
    ),
    *killed_by(
        "errors/overflow_is_raised_by_invoke",
        returns_an_overflow=raised(lambda overflow: LLMResponse().failed(overflow), only="invoke"),
    ),
    *killed_by(
        "errors/overflow_is_raised_by_a_stream",
        streams_an_overflow_as_an_end=raised(lambda overflow: LLMResponse().failed(overflow), only="stream"),
    ),
]
"""Those of one expression."""


@mutant("malformed/an_error_inside_a_200_is_reported", failure)
def takes_an_error_in_a_200_for_bad_json(response: LLMResponse) -> Mapping[str, Any] | None:
    """An error object that comes with a 200 keeps its kind."""
    kinds = (ErrorKind.RATE_LIMIT, ErrorKind.SERVER, ErrorKind.AUTHENTICATION)
    taken = response.status in (None, 200) and response.error_kind in kinds
    return {"error_kind": ErrorKind.MALFORMED_RESPONSE} if taken else None


@mutant("errors/each_error_of_a_provider_has_its_kind", failure)
def takes_a_rate_limit_for_an_overflow(response: LLMResponse) -> None:
    """A rate limit is not a context overflow: an application would drop its history."""
    if response.error_kind is ErrorKind.RATE_LIMIT:
        raise LLMProviderError(response.error or "", kind=ErrorKind.CONTEXT_LIMIT)


@mutant("errors/a_429_about_tokens_is_a_rate_limit", failure)
def takes_a_mention_of_tokens_for_an_overflow(response: LLMResponse) -> None:
    """The status of an error counts before its text."""
    if "exceeds the tokens limit" in str(response.error):
        raise LLMProviderError(response.error or "", kind=ErrorKind.CONTEXT_LIMIT)


@mutant("errors/overflow_is_raised_by_invoke", raised)
def takes_an_overflow_for_a_rate_limit(overflow: LLMProviderError) -> NoReturn:
    """A context overflow has its own kind: sending it again would fail again."""
    raise LLMProviderError(overflow.message, kind=ErrorKind.RATE_LIMIT)


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def raises_every_failure(response: LLMResponse) -> NoReturn:
    """Only an overflow is raised; every other failure is returned."""
    raise LLMProviderError(response.error or "", kind=response.error_kind or ErrorKind.SERVER)


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def lets_exceptions_escape(response: LLMResponse) -> NoReturn:
    """No exception of an SDK or of the transport reaches the caller."""
    raise ConnectionError(response.error)
