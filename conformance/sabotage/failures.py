"""Saboteurs of how a failure reaches the caller, and of what it says."""

from __future__ import annotations

from conformance.sabotage.saboteur import Backend, saboteur
from conformance.sabotage.spoiling import changed, spoiled
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse


@saboteur("derived_answers/a_status_says_what_happened")
def loses_the_status(right: Backend) -> Backend:
    """The status that the server sent reaches the caller."""
    return spoiled(right, fails=lambda response: changed(response, status=None))


@saboteur("derived_answers/retry_after_is_handed_on")
def loses_retry_after(right: Backend) -> Backend:
    """The seconds that the server asks to wait reach the caller."""
    return spoiled(right, fails=lambda response: changed(response, retry_after=None))


@saboteur("derived_answers/retry_after_is_handed_on")
def waits_in_whole_seconds(right: Backend) -> Backend:
    """Parts of a second that the server asks to wait are not lost."""
    return spoiled(
        right, fails=lambda response: changed(response, retry_after=int(response.retry_after or 0))
    )


class _Always(LLMResponse):
    """A response that is worth another try, whatever it is."""

    @property
    def retryable(self) -> bool:
        """Always."""
        return True


class _Never(LLMResponse):
    """A response that is worth no other try."""

    @property
    def retryable(self) -> bool:
        """Never."""
        return False


@saboteur("errors/an_unknown_path_is_not_found")
def calls_everything_worth_another_try(right: Backend) -> Backend:
    """What would fail again is not called worth another try."""
    return spoiled(right, fails=lambda response: changed(response, __class__=_Always))


@saboteur("errors/refused_is_a_connection_error")
def calls_nothing_worth_another_try(right: Backend) -> Backend:
    """What may pass is called worth another try."""
    return spoiled(right, fails=lambda response: changed(response, __class__=_Never))


@saboteur("errors/refused_is_a_connection_error")
def raises_every_failure(right: Backend) -> Backend:
    """Only an overflow is raised; every other failure is returned."""

    def fails(response: LLMResponse) -> LLMResponse:
        raise LLMProviderError(response.error or "", kind=response.error_kind or ErrorKind.SERVER)

    return spoiled(right, fails=fails)


@saboteur("errors/refused_is_a_connection_error")
def lets_exceptions_escape(right: Backend) -> Backend:
    """No exception of an SDK or of the transport reaches the caller."""

    def fails(response: LLMResponse) -> LLMResponse:
        raise ConnectionError(response.error)

    return spoiled(right, fails=fails)


@saboteur("derived_answers/a_status_says_what_happened")
def fails_without_words(right: Backend) -> Backend:
    """A failure says what went wrong."""
    return spoiled(right, fails=lambda response: changed(response, error=""))


@saboteur("errors/refused_is_a_connection_error")
def hides_the_cause(right: Backend) -> Backend:
    """The words of a failure name its cause."""
    return spoiled(right, fails=lambda response: changed(response, error="Connection error."))


@saboteur("derived_answers/a_status_says_what_happened")
def invents_error_codes(right: Backend) -> Backend:
    """The code of an error is one of the three that a caller's loop knows."""
    return spoiled(right, fails=lambda response: changed(response, error_code=response.error_kind))
