"""Mutants of failures: whether an answer is one, of which kind, and what it reports."""

from __future__ import annotations

from typing import Any

from conformance.commands.mutation.mutant import mutant
from conformance.commands.mutation.operators import failure, raised
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse, ToolCall


def mistake(response: LLMResponse, kind: ErrorKind, other: ErrorKind) -> None:
    """Report a failure of one kind as another."""
    if response.error_kind is kind:
        response.error_kind = other


def forgive(response: LLMResponse) -> None:
    """Report a failure as an answer."""
    response.error = response.error_code = response.error_kind = None
    response.finish_reason = "stop"


@mutant("derived_streams/a_stream_that_ends_early_is_interrupted", failure)
def takes_a_cut_stream_for_whole(response: LLMResponse) -> None:
    """A stream that is cut is a failure."""
    if response.error_kind is ErrorKind.INTERRUPTED:
        forgive(response)


@mutant("derived_streams/a_stalled_stream_is_a_timeout", failure)
def drops_the_text_of_a_failed_stream(response: LLMResponse) -> None:
    """The text before a failure is kept."""
    response.content = ""


@mutant("derived_streams/a_stream_that_ends_early_is_interrupted", failure)
def gives_half_a_call(response: LLMResponse) -> None:
    """A call that was cut is not returned: an application would run it."""
    if response.error_kind is ErrorKind.INTERRUPTED:
        response.tool_calls = [ToolCall(id="call_half", name="get_weather", arguments='{"ci')]


@mutant("wire_errors/an_error_inside_a_stream_is_reported", failure)
def swallows_an_error_inside_a_stream(response: LLMResponse) -> None:
    """An error event after some text is an error."""
    if response.content and response.status is None:
        forgive(response)


@mutant("derived_answers/a_200_without_an_answer_is_malformed", failure)
def takes_every_200_for_an_answer(response: LLMResponse) -> None:
    """A 200 that holds no answer is a failure."""
    if response.error_kind is ErrorKind.MALFORMED_RESPONSE:
        forgive(response)


@mutant("malformed/an_error_inside_a_200_is_reported", failure)
def takes_an_error_in_a_200_for_bad_json(response: LLMResponse) -> None:
    """An error object that comes with a 200 keeps its kind."""
    if response.status in (None, 200):
        for kind in (ErrorKind.RATE_LIMIT, ErrorKind.SERVER, ErrorKind.AUTHENTICATION):
            mistake(response, kind, ErrorKind.MALFORMED_RESPONSE)


@mutant("derived_answers/a_200_without_an_answer_is_malformed", failure, only="invoke")
def returns_the_error_as_text(response: LLMResponse) -> None:
    """An error is not the text of an answer."""
    response.content = f"Error: {response.error}"


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


@mutant("errors/overflow_is_raised_by_invoke", raised, only="invoke")
def returns_an_overflow(overflow: LLMProviderError) -> LLMResponse:
    """A context overflow is raised."""
    return LLMResponse().failed(overflow)


@mutant("errors/overflow_is_raised_by_a_stream", raised, only="stream")
def streams_an_overflow_as_an_end(overflow: LLMProviderError) -> LLMResponse:
    """A context overflow is raised by a stream too."""
    return LLMResponse().failed(overflow)


@mutant("errors/overflow_is_raised_by_invoke", raised)
def takes_an_overflow_for_a_rate_limit(overflow: LLMProviderError) -> LLMResponse:
    """A context overflow has its own kind: sending it again would fail again."""
    raise LLMProviderError(overflow.message, kind=ErrorKind.RATE_LIMIT)


@mutant("derived_answers/each_status_has_its_error_kind", failure)
def calls_every_failure_a_server_error(response: LLMResponse) -> None:
    """The status decides the kind of a failure."""
    response.error_kind = ErrorKind.SERVER


@mutant("errors/each_error_of_a_provider_has_its_kind", failure)
def takes_a_used_up_quota_for_a_rate_limit(response: LLMResponse) -> None:
    """A used-up quota is not a rate limit: waiting does not help."""
    mistake(response, ErrorKind.QUOTA, ErrorKind.RATE_LIMIT)


@mutant("errors/each_error_of_a_provider_has_its_kind", failure)
def takes_a_content_filter_for_a_bad_request(response: LLMResponse) -> None:
    """A refusal of a content filter has its own kind."""
    mistake(response, ErrorKind.CONTENT_FILTER, ErrorKind.BAD_REQUEST)


@mutant("errors/each_error_of_a_provider_has_its_kind", failure)
def takes_overload_for_a_server_error(response: LLMResponse) -> None:
    """An overloaded server has its own kind of failure."""
    mistake(response, ErrorKind.OVERLOADED, ErrorKind.SERVER)


@mutant("errors/a_wrong_key_is_an_authentication_error", failure)
def takes_a_wrong_key_for_a_bad_request(response: LLMResponse) -> None:
    """A refused key is an authentication error."""
    mistake(response, ErrorKind.AUTHENTICATION, ErrorKind.BAD_REQUEST)


@mutant("errors/an_unknown_path_is_not_found", failure)
def takes_a_wrong_path_for_a_server_error(response: LLMResponse) -> None:
    """An unknown path is ``not_found``."""
    mistake(response, ErrorKind.NOT_FOUND, ErrorKind.SERVER)


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def takes_a_refused_connection_for_a_server_error(response: LLMResponse) -> None:
    """A refused connection is a connection error."""
    mistake(response, ErrorKind.CONNECTION, ErrorKind.SERVER)


@mutant("errors/a_silent_server_is_a_timeout", failure)
def takes_a_timeout_for_a_lost_connection(response: LLMResponse) -> None:
    """A server that does not answer in time is a timeout."""
    mistake(response, ErrorKind.TIMEOUT, ErrorKind.CONNECTION)


@mutant("derived_streams/a_stalled_stream_is_a_timeout", failure)
def takes_a_stall_for_a_cut(response: LLMResponse) -> None:
    """A stream that stalls is a timeout."""
    if response.content:
        mistake(response, ErrorKind.TIMEOUT, ErrorKind.INTERRUPTED)


@mutant("derived_answers/each_status_has_its_error_kind", failure)
def loses_the_status(response: LLMResponse) -> None:
    """The status that the server sent reaches the caller."""
    response.status = None


@mutant("derived_answers/retry_after_is_reported_in_seconds", failure)
def loses_retry_after(response: LLMResponse) -> None:
    """The ``Retry-After`` of the server reaches the caller."""
    response.retry_after = None


@mutant("derived_answers/retry_after_is_reported_in_seconds", failure)
def waits_in_whole_seconds(response: LLMResponse) -> None:
    """Fractions of a second in ``Retry-After`` are kept."""
    response.retry_after = int(response.retry_after or 0)


class _AlwaysRetryable(LLMResponse):
    """A response that is always retryable."""

    retryable = True


class _NeverRetryable(LLMResponse):
    """A response that is never retryable."""

    retryable = False


@mutant("errors/an_unknown_path_is_not_found", failure)
def calls_every_failure_retryable(response: Any) -> None:
    """A permanent failure is not retryable."""
    response.__class__ = _AlwaysRetryable


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def calls_no_failure_retryable(response: Any) -> None:
    """A temporary failure is retryable."""
    response.__class__ = _NeverRetryable


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def raises_every_failure(response: LLMResponse) -> None:
    """Only an overflow is raised; every other failure is returned."""
    raise LLMProviderError(response.error or "", kind=response.error_kind or ErrorKind.SERVER)


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def lets_exceptions_escape(response: LLMResponse) -> None:
    """No exception of an SDK or of the transport reaches the caller."""
    raise ConnectionError(response.error)


@mutant("derived_answers/each_status_has_its_error_kind", failure)
def fails_without_a_message(response: LLMResponse) -> None:
    """A failure has a message."""
    response.error = ""


@mutant("errors/a_refused_connection_is_a_connection_error", failure)
def hides_the_cause(response: LLMResponse) -> None:
    """The message of a failure names its cause."""
    response.error = "Connection error."


@mutant("derived_answers/each_status_has_its_error_kind", failure)
def invents_error_codes(response: LLMResponse) -> None:
    """The code of an error is one of the three of the contract."""
    response.error_code = response.error_kind
