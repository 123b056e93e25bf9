"""The failures of the Gemini API and of Vertex AI: status, its name, message, details."""

from __future__ import annotations

from typing import Any

from conformance.servers.scripted.dialects.dialect import ErrorKind

Words = tuple[int, str, str, list[dict[str, Any]] | None]

_SPENT = (
    "You exceeded your current quota, please check your plan and billing details. For more information on"
    " this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric:"
    " generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10\n"
    "Please retry in 38.4s."
)
"""The same message for the limit of a minute and that of a day: only the details differ."""


def _type(name: str) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{name}"}


def _reason(reason: str, service: str) -> list[dict[str, Any]]:
    metadata = {"service": service}
    return [{**_type("ErrorInfo"), "reason": reason, "domain": "googleapis.com", "metadata": metadata}]


def _violated(quota: str) -> list[dict[str, Any]]:
    """A quota that is used up, and the time after which to try again."""
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": f"GenerateRequestsPer{quota}PerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": "tiny"},
        "quotaValue": "10",
    }
    return [
        {**_type("QuotaFailure"), "violations": [violation]},
        {**_type("RetryInfo"), "retryDelay": "38s"},
    ]


GEMINI: dict[ErrorKind, Words] = {
    "authentication": (
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        _reason("API_KEY_INVALID", "generativelanguage.googleapis.com"),
    ),
    "bad_request": (400, "INVALID_ARGUMENT", "Request contains an invalid argument.", None),
    "content_filter": (
        400,
        "INVALID_ARGUMENT",
        "The prompt could not be submitted. This prompt contains sensitive words that violate Google's"
        " Responsible AI practices.",
        None,
    ),
    "context_limit": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576).",
        None,
    ),
    "not_found": (
        404,
        "NOT_FOUND",
        "models/tiny is not found for API version v1beta, or is not supported for generateContent.",
        None,
    ),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later.", None),
    "permission": (
        403,
        "PERMISSION_DENIED",
        "Generative Language API has not been used in project 1 before or it is disabled.",
        _reason("SERVICE_DISABLED", "generativelanguage.googleapis.com"),
    ),
    "quota": (429, "RESOURCE_EXHAUSTED", _SPENT, _violated("Day")),
    "rate_limit": (429, "RESOURCE_EXHAUSTED", _SPENT, _violated("Minute")),
    "server": (500, "INTERNAL", "An internal error has occurred. Please retry.", None),
}
"""The failures of the Gemini API, where a wrong key is an invalid argument."""

VERTEX: dict[ErrorKind, Words] = {
    **GEMINI,
    "authentication": (
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or"
        " other valid authentication credential.",
        _reason("ACCESS_TOKEN_TYPE_UNSUPPORTED", "aiplatform.googleapis.com"),
    ),
    "not_found": (
        404,
        "NOT_FOUND",
        "Publisher Model `projects/p/locations/l/publishers/google/models/tiny` was not found or your"
        " project does not have access to it.",
        None,
    ),
    "permission": (
        403,
        "PERMISSION_DENIED",
        "Permission 'aiplatform.endpoints.predict' denied on resource"
        " '//aiplatform.googleapis.com/projects/p' (or it may not exist).",
        _reason("IAM_PERMISSION_DENIED", "aiplatform.googleapis.com"),
    ),
    "quota": (
        403,
        "PERMISSION_DENIED",
        "This API method requires billing to be enabled. Please enable billing on project #1, then retry.",
        _reason("BILLING_DISABLED", "aiplatform.googleapis.com"),
    ),
    "rate_limit": (
        429,
        "RESOURCE_EXHAUSTED",
        "Resource exhausted. Please try again later. Please refer to"
        " https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
        None,
    ),
}
"""The failures of Vertex AI, where they differ: tokens instead of keys, and bills instead of tiers."""
