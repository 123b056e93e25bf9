"""OpenAI's failures as it words them, which many compatible servers repeat."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.servers.scripted.dialects.dialect import ErrorKind

Errors = Mapping[ErrorKind, tuple[int, str | None, str | None, str]]
"""Status, type, code and message of every failure."""

ERRORS: Errors = {
    "authentication": (401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    "bad_request": (400, "invalid_request_error", "invalid_value", "Invalid value for 'temperature'."),
    "content_filter": (
        400,
        "invalid_request_error",
        "content_policy_violation",
        "Your request was rejected as a result of our safety system.",
    ),
    "context_limit": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens. However, your messages resulted in"
        " 9001 tokens. Please reduce the length of the messages.",
    ),
    "not_found": (
        404,
        "invalid_request_error",
        "model_not_found",
        "The model `tiny` does not exist or you do not have access to it.",
    ),
    "overloaded": (503, "server_error", None, "The engine is currently overloaded, please try again later."),
    "permission": (
        403,
        "invalid_request_error",
        None,
        "You have insufficient permissions for this operation.",
    ),
    "quota": (
        429,
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "rate_limit": (
        429,
        "tokens",
        "rate_limit_exceeded",
        "Rate limit reached for tiny on tokens per min (TPM): Limit 30000, Used 14567,"
        " Requested 24754. Please try again in 18.642s.",
    ),
    "server": (500, "server_error", None, "The server had an error while processing your request."),
}
