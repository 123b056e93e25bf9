"""Mutants of failures: whether an answer is one, and of which kind."""

from __future__ import annotations

from collections.abc import Callable

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, spoiled
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse


def mistaking(right: Backend, kind: ErrorKind, other: ErrorKind) -> Backend:
    """A class that reports failures of one kind as another."""
    return spoiled(
        right,
        fails=lambda response: (
            changed(response, error_kind=other) if response.error_kind is kind else response
        ),
    )


def forgiving(right: Backend, forgiven: Callable[[LLMResponse], bool]) -> Backend:
    """A class that reports some failures as answers."""
    good = {"error": None, "error_code": None, "error_kind": None, "finish_reason": "stop"}
    return spoiled(
        right, fails=lambda response: changed(response, **good) if forgiven(response) else response
    )


def overflowing(right: Backend, taken: Callable[[LLMResponse], bool]) -> Backend:
    """A class that reports some failures as a context overflow."""

    def fails(response: LLMResponse) -> LLMResponse:
        if taken(response):
            raise LLMProviderError(response.error or "", kind=ErrorKind.CONTEXT_LIMIT)
        return response

    return spoiled(right, fails=fails)


@mutant("derived_streams/a_stream_that_ends_early_is_interrupted")
def takes_a_cut_stream_for_whole(right: Backend) -> Backend:
    """A stream that is cut is a failure."""
    return forgiving(right, lambda response: response.error_kind is ErrorKind.INTERRUPTED)


@mutant("derived_streams/a_stalled_stream_is_a_timeout")
def drops_the_text_of_a_failed_stream(right: Backend) -> Backend:
    """The text before a failure is kept."""
    return spoiled(right, fails=lambda response: changed(response, content=""))


@mutant("derived_streams/a_stream_that_ends_early_is_interrupted")
def gives_half_a_call(right: Backend) -> Backend:
    """A call that was cut is not returned: an application would run it."""
    half = {"id": "call_half", "name": "get_weather", "arguments": '{"ci'}
    return spoiled(
        right,
        fails=lambda response: (
            changed(response, tool_calls=[half]) if response.error_kind is ErrorKind.INTERRUPTED else response
        ),
    )


@mutant("malformed/an_error_inside_a_stream_is_reported")
def swallows_an_error_inside_a_stream(right: Backend) -> Backend:
    """An error event after some text is an error."""
    return forgiving(right, lambda response: bool(response.content) and response.status is None)


@mutant("derived_answers/a_200_without_an_answer_is_malformed")
def takes_every_200_for_an_answer(right: Backend) -> Backend:
    """A 200 that holds no answer is a failure."""
    return forgiving(right, lambda response: response.error_kind is ErrorKind.MALFORMED_RESPONSE)


@mutant("malformed/an_error_inside_a_200_is_reported")
def takes_an_error_in_a_200_for_bad_json(right: Backend) -> Backend:
    """An error object that comes with a 200 keeps its kind."""
    return spoiled(
        right,
        fails=lambda response: (
            changed(response, error_kind=ErrorKind.MALFORMED_RESPONSE)
            if response.status in (None, 200)
            and response.error_kind in (ErrorKind.RATE_LIMIT, ErrorKind.SERVER, ErrorKind.AUTHENTICATION)
            else response
        ),
    )


@mutant("derived_answers/a_200_without_an_answer_is_malformed")
def returns_the_error_as_text(right: Backend) -> Backend:
    """An error is not the text of an answer."""
    return spoiled(
        right, fails=lambda response: changed(response, content=f"Error: {response.error}"), only="invoke"
    )


@mutant("errors/each_error_of_a_provider_has_its_kind")
def takes_a_rate_limit_for_an_overflow(right: Backend) -> Backend:
    """A rate limit is not a context overflow: an application would drop its history."""
    return overflowing(right, lambda response: response.error_kind is ErrorKind.RATE_LIMIT)


@mutant("errors/a_429_about_tokens_is_a_rate_limit")
def takes_a_mention_of_tokens_for_an_overflow(right: Backend) -> Backend:
    """The status of an error counts before its text."""
    return overflowing(right, lambda response: "exceeds the tokens limit" in str(response.error))


@mutant("errors/overflow_is_raised_by_invoke")
def returns_an_overflow(right: Backend) -> Backend:
    """A context overflow is raised."""
    return spoiled(right, raises=lambda failure: LLMResponse().failed(failure), only="invoke")


@mutant("errors/overflow_is_raised_by_a_stream")
def streams_an_overflow_as_an_end(right: Backend) -> Backend:
    """A context overflow is raised by a stream too."""
    return spoiled(right, raises=lambda failure: LLMResponse().failed(failure), only="stream")


@mutant("errors/overflow_is_raised_by_invoke")
def takes_an_overflow_for_a_rate_limit(right: Backend) -> Backend:
    """A context overflow has its own kind: sending it again would fail again."""

    def raises(failure: LLMProviderError) -> LLMResponse:
        raise LLMProviderError(failure.message, kind=ErrorKind.RATE_LIMIT)

    return spoiled(right, raises=raises)


@mutant("derived_answers/each_status_has_its_error_kind")
def calls_every_failure_a_server_error(right: Backend) -> Backend:
    """The status decides the kind of a failure."""
    return spoiled(right, fails=lambda response: changed(response, error_kind=ErrorKind.SERVER))


@mutant("errors/each_error_of_a_provider_has_its_kind")
def takes_a_used_up_quota_for_a_rate_limit(right: Backend) -> Backend:
    """A used-up quota is not a rate limit: waiting does not help."""
    return mistaking(right, ErrorKind.QUOTA, ErrorKind.RATE_LIMIT)


@mutant("errors/each_error_of_a_provider_has_its_kind")
def takes_a_content_filter_for_a_bad_request(right: Backend) -> Backend:
    """A refusal of a content filter has its own kind."""
    return mistaking(right, ErrorKind.CONTENT_FILTER, ErrorKind.BAD_REQUEST)


@mutant("errors/each_error_of_a_provider_has_its_kind")
def takes_overload_for_a_server_error(right: Backend) -> Backend:
    """An overloaded server has its own kind of failure."""
    return mistaking(right, ErrorKind.OVERLOADED, ErrorKind.SERVER)


@mutant("errors/a_wrong_key_is_an_authentication_error")
def takes_a_wrong_key_for_a_bad_request(right: Backend) -> Backend:
    """A refused key is an authentication error."""
    return mistaking(right, ErrorKind.AUTHENTICATION, ErrorKind.BAD_REQUEST)


@mutant("errors/an_unknown_path_is_not_found")
def takes_a_wrong_path_for_a_server_error(right: Backend) -> Backend:
    """An unknown path is ``not_found``."""
    return mistaking(right, ErrorKind.NOT_FOUND, ErrorKind.SERVER)


@mutant("errors/a_refused_connection_is_a_connection_error")
def takes_a_refused_connection_for_a_server_error(right: Backend) -> Backend:
    """A refused connection is a connection error."""
    return mistaking(right, ErrorKind.CONNECTION, ErrorKind.SERVER)


@mutant("errors/a_silent_server_is_a_timeout")
def takes_a_timeout_for_a_lost_connection(right: Backend) -> Backend:
    """A server that does not answer in time is a timeout."""
    return mistaking(right, ErrorKind.TIMEOUT, ErrorKind.CONNECTION)


@mutant("derived_streams/a_stalled_stream_is_a_timeout")
def takes_a_stall_for_a_cut(right: Backend) -> Backend:
    """A stream that stalls is a timeout."""
    return spoiled(
        right,
        fails=lambda response: (
            changed(response, error_kind=ErrorKind.INTERRUPTED)
            if response.error_kind is ErrorKind.TIMEOUT and response.content
            else response
        ),
    )
