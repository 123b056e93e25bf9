"""Mutants of what a failure tells the caller."""

from __future__ import annotations

from conformance.commands.mutation.mutant import Backend, mutant
from conformance.commands.mutation.operators import changed, spoiled
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse


@mutant("derived_answers/each_status_has_its_error_kind")
def loses_the_status(right: Backend) -> Backend:
    """The status that the server sent reaches the caller."""
    return spoiled(right, fails=lambda response: changed(response, status=None))


@mutant("derived_answers/retry_after_is_reported_in_seconds")
def loses_retry_after(right: Backend) -> Backend:
    """The ``Retry-After`` of the server reaches the caller."""
    return spoiled(right, fails=lambda response: changed(response, retry_after=None))


@mutant("derived_answers/retry_after_is_reported_in_seconds")
def waits_in_whole_seconds(right: Backend) -> Backend:
    """Fractions of a second in ``Retry-After`` are kept."""
    return spoiled(
        right, fails=lambda response: changed(response, retry_after=int(response.retry_after or 0))
    )


class _AlwaysRetryable(LLMResponse):
    """A response that is always retryable."""

    @property
    def retryable(self) -> bool:
        """Always."""
        return True


class _NeverRetryable(LLMResponse):
    """A response that is never retryable."""

    @property
    def retryable(self) -> bool:
        """Never."""
        return False


@mutant("errors/an_unknown_path_is_not_found")
def calls_every_failure_retryable(right: Backend) -> Backend:
    """A permanent failure is not retryable."""
    return spoiled(right, fails=lambda response: changed(response, __class__=_AlwaysRetryable))


@mutant("errors/a_refused_connection_is_a_connection_error")
def calls_no_failure_retryable(right: Backend) -> Backend:
    """A temporary failure is retryable."""
    return spoiled(right, fails=lambda response: changed(response, __class__=_NeverRetryable))


@mutant("errors/a_refused_connection_is_a_connection_error")
def raises_every_failure(right: Backend) -> Backend:
    """Only an overflow is raised; every other failure is returned."""

    def fails(response: LLMResponse) -> LLMResponse:
        raise LLMProviderError(response.error or "", kind=response.error_kind or ErrorKind.SERVER)

    return spoiled(right, fails=fails)


@mutant("errors/a_refused_connection_is_a_connection_error")
def lets_exceptions_escape(right: Backend) -> Backend:
    """No exception of an SDK or of the transport reaches the caller."""

    def fails(response: LLMResponse) -> LLMResponse:
        raise ConnectionError(response.error)

    return spoiled(right, fails=fails)


@mutant("derived_answers/each_status_has_its_error_kind")
def fails_without_a_message(right: Backend) -> Backend:
    """A failure has a message."""
    return spoiled(right, fails=lambda response: changed(response, error=""))


@mutant("errors/a_refused_connection_is_a_connection_error")
def hides_the_cause(right: Backend) -> Backend:
    """The message of a failure names its cause."""
    return spoiled(right, fails=lambda response: changed(response, error="Connection error."))


@mutant("derived_answers/each_status_has_its_error_kind")
def invents_error_codes(right: Backend) -> Backend:
    """The code of an error is one of the three of the contract."""
    return spoiled(right, fails=lambda response: changed(response, error_code=response.error_kind))
