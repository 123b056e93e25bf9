"""The failures of the Gemini API: status, its name, message, details."""

from __future__ import annotations

from typing import Any

from conformance.servers.scripted.dialects.dialect import ErrorKind

Words = tuple[int, str, str, list[dict[str, Any]] | None]
"""Status, its name, message and details of a failure."""

_SPENT = (
    "You exceeded your current quota, please check your plan and billing details. For more information on"
    " this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric:"
    " generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10\n"
    "Please retry in 38.4s."
)
"""The same message for the limit of a minute and that of a day: only the details differ."""


def _type(name: str) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{name}"}


def error_info(reason: str, service: str) -> list[dict[str, Any]]:
    """The details that name a reason and the service that gives it."""
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
    return [{**_type("QuotaFailure"), "violations": [violation]}, {**_type("RetryInfo"), "retryDelay": "38s"}]


GEMINI: dict[ErrorKind, Words] = {
    "authentication": (
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        error_info("API_KEY_INVALID", "generativelanguage.googleapis.com"),
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
        error_info("SERVICE_DISABLED", "generativelanguage.googleapis.com"),
    ),
    "quota": (429, "RESOURCE_EXHAUSTED", _SPENT, _violated("Day")),
    "rate_limit": (429, "RESOURCE_EXHAUSTED", _SPENT, _violated("Minute")),
    "server": (500, "INTERNAL", "An internal error has occurred. Please retry.", None),
}
"""The failures of the Gemini API, where a wrong key is an invalid argument."""
