"""One pure classification of everything a provider can answer instead of an answer.

The order is what makes it right: an HTTP status and a structured code say what
happened; words are read only where these leave it open. A 429 that talks of
tokens, limits and context is a rate limit. The words stand in
``provider.failure_words``.
"""

from __future__ import annotations

from typing import Any

from provider import failure_words as said
from provider.errors import ErrorKind, LLMProviderError
from provider.evidence import Evidence

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
"""Statuses that no code in the body can overrule."""

_AMONG: dict[int, tuple[ErrorKind, ...]] = {
    429: (ErrorKind.RATE_LIMIT, ErrorKind.QUOTA),
    403: (ErrorKind.AUTHENTICATION, ErrorKind.QUOTA, ErrorKind.CONTENT_FILTER),
}
"""What code and words can make of a status, and nothing else."""


def classify(
    status: int | None, body: Any, exception: BaseException | None = None, *, code: str | None = None
) -> LLMProviderError:
    """Say what happened.

    Args:
        status: the HTTP status, None where none was received.
        body: what was received: any JSON value, text, bytes or None.
        exception: what the SDK or the transport raised, if it did.
        code: a structured code that came beside the body, in a header.

    Returns:
        The failure, not raised. It never contains more than an excerpt of the body.
    """
    evidence = Evidence.of(status, body, exception, code)
    return LLMProviderError(
        evidence.message, kind=_kind(evidence), status=evidence.status, retry_after=evidence.retry_after
    )


def _kind(evidence: Evidence) -> ErrorKind:
    status, text = evidence.status, evidence.text
    if status in _FINAL_STATUS:
        return _BY_STATUS[status]
    coded = _coded(evidence.codes)
    if status in _AMONG:
        kind = coded if coded in _AMONG[status] else _worded(text)
        return kind if kind in _AMONG[status] else _BY_STATUS[status]
    if coded is not None and not (coded is ErrorKind.NOT_FOUND and _worded(text) is ErrorKind.CONTEXT_LIMIT):
        return coded
    if status is None and evidence.transport is not None:
        return evidence.transport
    worded = _worded(text)
    if worded is not None and not (worded is ErrorKind.NOT_FOUND and (status or 0) >= 500):
        return worded
    return _by_status(status, evidence)


def _coded(codes: tuple[str, ...]) -> ErrorKind | None:
    """What the first code says that says more than a status."""
    return next((kind for code in codes for kind, rule in said.CODES if rule.matches(code)), None)


def _worded(text: str) -> ErrorKind | None:
    """What the words say, None where they leave it to the status."""
    if said.IMAGE_REFUSED.matches(text):
        return ErrorKind.BAD_REQUEST
    if said.RATE.matches(text):
        return ErrorKind.RATE_LIMIT
    if said.SPENT.matches(text):
        return ErrorKind.QUOTA
    if _overflows(text):
        return ErrorKind.CONTEXT_LIMIT
    if said.CRASHED.matches(text):
        return ErrorKind.SERVER
    return next((kind for kind, rule in said.WORDS if rule.matches(text)), None)


def _overflows(text: str) -> bool:
    """Whether the prompt is said to be longer than the model can read."""
    if said.OVERFLOW_ONLY.matches(text):
        return True
    if said.OUTPUT_CAP.matches(text) and not said.INPUT_NAMED.matches(text):
        return False
    if said.WINDOW_EXCEEDED.matches(text):
        return True
    return any(not said.OTHER_LENGTH.matches(words) for words in said.PROMPT_TOO_LONG.found(text))


def _by_status(status: int | None, evidence: Evidence) -> ErrorKind:
    """What is left where neither code nor words decide."""
    if status is None:
        return _unsaid(evidence)
    if status in (500, 502) and said.TIMED_OUT.matches(evidence.text):
        return ErrorKind.TIMEOUT
    return _BY_STATUS.get(status, ErrorKind.BAD_REQUEST if status < 500 else ErrorKind.SERVER)


def _unsaid(evidence: Evidence) -> ErrorKind:
    """What an error without a status is, by the codes and words that are too weak beside one."""
    codes, text = "\n".join(evidence.codes), evidence.text
    for kind, found in (
        (ErrorKind.RATE_LIMIT, said.EXHAUSTED_CODE.matches(codes)),
        (ErrorKind.PERMISSION, said.PERMISSION.matches(text)),
        (ErrorKind.BAD_REQUEST, said.REFUSED_CODE.matches(codes)),
        (ErrorKind.TIMEOUT, said.TIMED_OUT.matches(text)),
        (ErrorKind.SERVER, said.FAILED_CODE.matches(codes) or said.FAILED.matches(text)),
        (ErrorKind.BAD_REQUEST, said.REFUSED.matches(text)),
    ):
        if found:
            return kind
    return ErrorKind.SERVER
