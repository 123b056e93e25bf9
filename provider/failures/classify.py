"""Classifies every failure of a provider; a pure function.

An HTTP status and a structured code decide first; the message is read only
where they leave the kind open. A 429 that mentions tokens, limits and context
is a rate limit. The patterns of codes and messages are in
``provider.failures.patterns``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from provider.errors import ErrorKind, LLMProviderError
from provider.failures import patterns
from provider.failures.exceptions import exception_chain
from provider.failures.extraction import ErrorDetails

_BY_STATUS: dict[int, ErrorKind] = {
    401: ErrorKind.AUTHENTICATION,
    402: ErrorKind.QUOTA,
    403: ErrorKind.PERMISSION,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    # The SDKs send a 409 again as well: providers use it for a lock that timed out.
    409: ErrorKind.SERVER,
    429: ErrorKind.RATE_LIMIT,
    498: ErrorKind.CONTENT_FILTER,  # Cohere's, for a deny-listed token
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,
}

_FINAL_STATUS = frozenset({401, 402, 408})
"""Statuses that decide alone, whatever the body contains."""

_POSSIBLE_KINDS: dict[int, tuple[ErrorKind, ...]] = {
    429: (ErrorKind.RATE_LIMIT, ErrorKind.QUOTA),
    403: (ErrorKind.AUTHENTICATION, ErrorKind.QUOTA, ErrorKind.CONTENT_FILTER),
}
"""The kinds among which code and message choose, for statuses that allow no other."""


def classify(
    status: int | None,
    body: Any,
    exception: BaseException | None = None,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> LLMProviderError:
    """Classify a failure.

    Args:
        status: the HTTP status, None where none was received.
        body: what was received: any JSON value, text, bytes or None.
        exception: what the SDK or the transport raised, if it did.
        code: a structured code that came beside the body, in a header.
        headers: those of the answer; without them, those of the exception's response.

    Returns:
        The failure, not raised. It contains at most an excerpt of the body.
    """
    details = ErrorDetails.of(status, body, exception, code, headers)
    return LLMProviderError(
        details.message, kind=_kind(details), status=details.status, retry_after=details.retry_after
    )


def classify_raised(error: BaseException) -> LLMProviderError:
    """Classify what an SDK or the transport has raised, by the answer that it holds."""
    for each in exception_chain(error):
        if isinstance(each, LLMProviderError):  # raised by the transport of a backend, inside an SDK
            return each
    status = body = None
    with contextlib.suppress(Exception):  # a property of an SDK may raise
        response: Any = getattr(error, "response", getattr(error.__cause__, "response", None))
        status = getattr(response, "status_code", None)
        body = getattr(error, "body", None)
        body = response.content  # the SDK's own ``body`` is only the field "error" of it
    return classify(status, body, error)


def is_context_limit_error(error: Any) -> bool:
    """Whether a failure says that the prompt is longer than the context window of the model.

    Args:
        error: an exception, an error text, or the body of an answer.
    """
    return _classified(error).kind is ErrorKind.CONTEXT_LIMIT


def extract_llm_error_text(error: Any) -> str:
    """The messages of a failure as one text, at most 500 characters; empty for None.

    Args:
        error: an exception, an error text, or the body of an answer.
    """
    return "" if error is None else _classified(error).message


def _classified(error: Any) -> LLMProviderError:
    return classify_raised(error) if isinstance(error, BaseException) else classify(None, error)


def _kind(details: ErrorDetails) -> ErrorKind:
    status, text = details.status, details.text
    if status in _FINAL_STATUS:
        return _BY_STATUS[status]
    by_code = _kind_by_code(details.codes)
    if status in _POSSIBLE_KINDS:
        kind = by_code if by_code in _POSSIBLE_KINDS[status] else _kind_by_message(text)
        return kind if kind in _POSSIBLE_KINDS[status] else _BY_STATUS[status]
    if by_code is ErrorKind.NOT_FOUND and _kind_by_message(text) is ErrorKind.CONTEXT_LIMIT:
        by_code = None
    if by_code is not None:
        return by_code
    if status is None and details.transport is not None:
        return details.transport
    by_message = _kind_by_message(text)
    if by_message is ErrorKind.NOT_FOUND and (status or 0) >= 500:
        by_message = None
    return by_message if by_message is not None else _kind_by_status(status, details)


def _kind_by_code(codes: tuple[str, ...]) -> ErrorKind | None:
    """The kind of the first code that is more specific than a status."""
    return next((kind for code in codes for kind, pattern in patterns.CODES if pattern.matches(code)), None)


def _kind_by_message(text: str) -> ErrorKind | None:
    """The kind by the message, None where the message leaves it to the status."""
    if patterns.IMAGE_REFUSED.matches(text):
        return ErrorKind.BAD_REQUEST
    if patterns.RATE.matches(text):
        return ErrorKind.RATE_LIMIT
    if patterns.SPENT.matches(text):
        return ErrorKind.QUOTA
    if _is_overflow(text):
        return ErrorKind.CONTEXT_LIMIT
    if patterns.CRASHED.matches(text):
        return ErrorKind.SERVER
    return next((kind for kind, pattern in patterns.MESSAGES if pattern.matches(text)), None)


def _is_overflow(text: str) -> bool:
    """Whether the message says that the prompt is longer than the context window."""
    if patterns.OVERFLOW_ONLY.matches(text):
        return True
    if patterns.OUTPUT_CAP.matches(text) and not patterns.INPUT_NAMED.matches(text):
        return False
    if patterns.WINDOW_EXCEEDED.matches(text):
        return True
    return any(not patterns.OTHER_LENGTH.matches(part) for part in patterns.PROMPT_TOO_LONG.found(text))


def _kind_by_status(status: int | None, details: ErrorDetails) -> ErrorKind:
    """The kind where neither code nor message decides."""
    if status is None:
        return _kind_without_status(details)
    if status in (500, 502) and patterns.TIMED_OUT.matches(details.text):
        return ErrorKind.TIMEOUT
    return _BY_STATUS.get(status, ErrorKind.BAD_REQUEST if status < 500 else ErrorKind.SERVER)


def _kind_without_status(details: ErrorDetails) -> ErrorKind:
    """The kind of an error without a status, by codes and phrases that a status would overrule."""
    codes, text = "\n".join(details.codes), details.text
    for kind, found in (
        (ErrorKind.RATE_LIMIT, patterns.EXHAUSTED_CODE.matches(codes)),
        (ErrorKind.PERMISSION, patterns.PERMISSION.matches(text)),
        (ErrorKind.BAD_REQUEST, patterns.REFUSED_CODE.matches(codes)),
        (ErrorKind.TIMEOUT, patterns.TIMED_OUT.matches(text)),
        (ErrorKind.SERVER, patterns.FAILED_CODE.matches(codes) or patterns.FAILED.matches(text)),
        (ErrorKind.BAD_REQUEST, patterns.REFUSED.matches(text)),
    ):
        if found:
            return kind
    return ErrorKind.SERVER
