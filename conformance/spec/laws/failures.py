"""Failures: their kind, their code, their message, and which of them is raised."""

from __future__ import annotations

from collections.abc import Callable

from conformance.spec.contract import NotJudgedError, told
from conformance.spec.expectations import record_expected, record_raised
from provider.errors import LLMProviderError
from provider.response import LLMResponse


class NotRaisedError(AssertionError):
    """A backend returned something where it must raise a context overflow."""

    def __init__(self, answer: object) -> None:
        super().__init__(f"no overflow was raised, but this came: {answer!r}")
        self.answer = answer


def failed_as(response: LLMResponse, kind: str, code: str = "provider_error") -> None:
    """The response is an error of this kind, with a message."""
    record_expected(response, error_kind=kind, error_code=code)
    assert response.error, "an error without a message" if response.is_error else "an answer came"
    if told(response, "error_kind"):
        assert response.error_kind == kind, f"{response.error_kind}: {response.error}"
    if told(response, "error_code"):
        assert response.error_code == code


def refused(response: LLMResponse) -> None:
    """The response refuses what the backend cannot do: a ``bad_request`` with a message, not retryable."""
    failed_as(response, "bad_request")
    assert response.retryable is False


def overflows(ask: Callable[[], object]) -> LLMProviderError:
    """Asking raises a context overflow, so that the caller compacts and asks again; returns the error.

    Raises:
        NotJudgedError: it fails, and the backend tells no overflow from another error.
    """
    answer, raised = None, None
    try:
        answer = ask()
    except LLMProviderError as error:
        raised = error
    if isinstance(answer, LLMResponse) and answer.is_error and not told(answer, "error_kind"):
        raise NotJudgedError("error kinds")
    if raised is None:
        raise NotRaisedError(answer)
    record_raised(raised, error_kind="context_limit", error_code="context_limit")
    assert (raised.kind, raised.code) == ("context_limit", "context_limit")
    return raised


def fails_as(ask: Callable[[], LLMResponse], kind: str) -> str:
    """Asking fails as this kind: an overflow is raised, any other error returned; returns the message."""
    if kind == "context_limit":
        return overflows(ask).message
    response = ask()
    failed_as(response, kind)
    return str(response.error)
