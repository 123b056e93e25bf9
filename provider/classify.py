"""One pure classification of everything a provider can answer instead of an answer.

The order is what makes it right: an HTTP status and a structured code say what
happened; words are read only where these leave it open. A 429 that talks of
tokens, limits and context is a rate limit. The texts behind the rules come
from public issues of the providers and their clients.
"""

from __future__ import annotations

import re
from typing import Any

from provider.errors import ErrorKind, LLMProviderError
from provider.evidence import Evidence

_BY_CODE: dict[str, ErrorKind] = {
    "context_length_exceeded": ErrorKind.CONTEXT_LIMIT,
    "context_window_exceeded": ErrorKind.CONTEXT_LIMIT,
    "context_exceeded": ErrorKind.CONTEXT_LIMIT,
    "exceed_context_size_error": ErrorKind.CONTEXT_LIMIT,
    "model_max_prompt_tokens_exceeded": ErrorKind.CONTEXT_LIMIT,
    "model_context_window_exceeded": ErrorKind.CONTEXT_LIMIT,
    "insufficient_quota": ErrorKind.QUOTA,
    "billing_error": ErrorKind.QUOTA,
    "billing_disabled": ErrorKind.QUOTA,
    "rate_limit_exceeded": ErrorKind.RATE_LIMIT,
    "rate_limit_error": ErrorKind.RATE_LIMIT,
    "rate_limited": ErrorKind.RATE_LIMIT,
    "throttlingexception": ErrorKind.RATE_LIMIT,
    "resource_exhausted": ErrorKind.RATE_LIMIT,
    "invalid_api_key": ErrorKind.AUTHENTICATION,
    "api_key_invalid": ErrorKind.AUTHENTICATION,
    "authentication_error": ErrorKind.AUTHENTICATION,
    "unauthenticated": ErrorKind.AUTHENTICATION,
    "permission_error": ErrorKind.PERMISSION,
    "permission_denied": ErrorKind.PERMISSION,
    "model_not_found": ErrorKind.NOT_FOUND,
    "not_found_error": ErrorKind.NOT_FOUND,
    "content_filter": ErrorKind.CONTENT_FILTER,
    "content_policy_violation": ErrorKind.CONTENT_FILTER,
    "responsibleaipolicyviolation": ErrorKind.CONTENT_FILTER,
    "overloaded_error": ErrorKind.OVERLOADED,
    # Bedrock's, from the header of a response or the frame of a stream.
    "accessdeniedexception": ErrorKind.PERMISSION,
    "expiredtokenexception": ErrorKind.AUTHENTICATION,
    "internalserverexception": ErrorKind.SERVER,
    "invalidsignatureexception": ErrorKind.AUTHENTICATION,
    "modelerrorexception": ErrorKind.SERVER,
    "modelnotreadyexception": ErrorKind.OVERLOADED,
    "modelstreamerrorexception": ErrorKind.SERVER,
    "modeltimeoutexception": ErrorKind.TIMEOUT,
    "resourcenotfoundexception": ErrorKind.NOT_FOUND,
    "servicequotaexceededexception": ErrorKind.QUOTA,
    "serviceunavailableexception": ErrorKind.OVERLOADED,
    "unrecognizedclientexception": ErrorKind.AUTHENTICATION,
}

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

_RATE = re.compile(
    r"rate.?limit|throttl|too many (requests|tokens,? please|tokens per)|per.?(minute|day|hour)\b"
    r"|\b[TR]P[MD]\b|please wait before|token usage\b|usage limit|capacity exceeded",
    re.I,
)
_QUOTA = re.compile(
    r"(insufficient|more|out of) (credits|quota|balance|funds)|credit balance|exceeded your current quota"
    r"|billing|token plan not support",
    re.I,
)
_OF_A_DAY = re.compile(r"requestsperday|tokensperday")
"""In the name of a quota of Google's; one of a minute passes soon."""
_CONTEXT = re.compile(
    r"maximum (context|prompt) length|context (window|length|size|limit)|exceeds? the (available )?context"
    r"|prompt (is )?too long(?! to)|prompt exceeds|input is too long|too long for requested model"
    r"|input (token count|tokens exceed|length (\d+ )?exceeds)|range of input length"
    r"|total length of all messages|longer than the model|reduce the length of (the|your) (messages|prompt)"
    r"|too many tokens: (size limit|total number of tokens in the prompt)"
    r"|prompt token count|tokens to keep from the initial prompt|keep the first \d+ tokens|\bn_keep\b"
    r"|max_new_tokens`? must be|max_tokens must be at least 1, got -",
    re.I,
)
_OUTPUT_CAP = re.compile(
    r"max_(completion_)?tokens is too large|maximum tokens you requested|model output limit"
    r"|^unsupported parameter|above maximum value|string_above_max_length",
    re.I,
)
_AUTHENTICATION = re.compile(
    r"(invalid|incorrect|missing|expired|wrong)[\w' -]{0,12} (api.?)?(key|token|credentials)"
    r"|token expired|api token is required|authentication failed",
    re.I,
)
_NOT_FOUND = re.compile(
    r"no models? loaded|model\b[^.]{0,80}\bnot found|invalid model identifier|failed to load model"
    r"|unexpected endpoint|does not exist",
    re.I,
)
_FILTER = re.compile(r"content (filter(ing)?|management) policy|content_filter|responsible ?ai", re.I)
_IMAGE_REFUSED = re.compile(r"(not|n't) support(ed|ing)? (image|vision)|image input is not supported", re.I)
_OVERLOADED = re.compile(r"\boverloaded\b", re.I)
_CRASHED = re.compile(
    r"model has crashed|iterating prediction stream|engine protocol(?! predict request returned 4)", re.I
)


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
    if evidence.status in _FINAL_STATUS:
        return _BY_STATUS[evidence.status]
    coded = next((_BY_CODE[code] for code in evidence.codes if code in _BY_CODE), None)
    if evidence.status == 429:
        return ErrorKind.QUOTA if coded is ErrorKind.QUOTA or _is_spent(evidence) else ErrorKind.RATE_LIMIT
    if evidence.status == 403 and coded is not ErrorKind.QUOTA:
        is_key = coded is ErrorKind.AUTHENTICATION or _AUTHENTICATION.search(evidence.text)
        return ErrorKind.AUTHENTICATION if is_key else ErrorKind.PERMISSION
    if coded is not None and not (coded is ErrorKind.NOT_FOUND and _CONTEXT.search(evidence.text)):
        return coded
    if evidence.status is None and evidence.transport is not None:
        return evidence.transport
    return _by_words(evidence)


def _is_spent(evidence: Evidence) -> bool:
    """Whether a 429 is a bill to pay rather than a wait; Google's words are the same for both."""
    return any(_OF_A_DAY.search(code) for code in evidence.codes) or (
        bool(_QUOTA.search(evidence.text)) and not _RATE.search(evidence.text)
    )


def _by_words(evidence: Evidence) -> ErrorKind:
    text, status = evidence.text, evidence.status
    if _IMAGE_REFUSED.search(text):
        return ErrorKind.BAD_REQUEST
    if _QUOTA.search(text):
        return ErrorKind.QUOTA
    if _RATE.search(text):
        return ErrorKind.RATE_LIMIT
    if _OUTPUT_CAP.search(text):
        return ErrorKind.BAD_REQUEST
    if _CONTEXT.search(text):
        return ErrorKind.CONTEXT_LIMIT
    for words, kind in (
        (_CRASHED, ErrorKind.SERVER),
        (_AUTHENTICATION, ErrorKind.AUTHENTICATION),
        (_NOT_FOUND, ErrorKind.NOT_FOUND),
        (_FILTER, ErrorKind.CONTENT_FILTER),
        (_OVERLOADED, ErrorKind.OVERLOADED),
    ):
        if words.search(text) and (status is None or status < 500 or kind is not ErrorKind.NOT_FOUND):
            return kind
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    is_refusal = status is None and "validationexception" in evidence.codes  # Bedrock's, inside a stream
    if is_refusal or (status is not None and 400 <= status < 500):
        return ErrorKind.BAD_REQUEST
    return ErrorKind.SERVER
