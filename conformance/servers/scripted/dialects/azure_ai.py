"""Azure AI Foundry: the models of others at Azure, with errors of their own."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat
from conformance.servers.scripted.dialects.azure import Azure
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.request import Request

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    # https://github.com/Azure/azure-sdk-for-python: what GitHub Models and the free tier answer
    "context_limit": (
        413,
        "tokens_limit_reached",
        "Request body too large for tiny model. Max size: 8000 tokens.",
    ),
    "not_found": (404, "unknown_model", "Unknown model: tiny"),
    "overloaded": (503, "ServiceUnavailable", "The service is temporarily unable to process your request."),
    "permission": (403, "no_access", "No access to model: tiny"),
    "quota": (403, "quota_exceeded", "The monthly quota of this subscription is exceeded."),
    "rate_limit": (
        429,
        "RateLimitReached",
        "Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 34 seconds before retrying.",
    ),
    "server": (500, "InternalServerError", "Backend returned unexpected response. Please contact support."),
}
"""Status, code and message of the failures that are not Azure's own."""

_UNAUTHORIZED = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect"
    " (https://cognitiveservices.azure.com), or have expired."
)


_EXTRA = {
    "type": "extra_forbidden",
    "loc": ["body", "moods"],
    "msg": "Extra inputs are not permitted",
    "input": True,
}
"""What is said of a field that the model does not have: litellm sends such a request again without it."""


class AzureAI(Azure):
    """Foundry's chat completions: Azure's findings, at a path without a deployment."""

    environment: ClassVar[tuple[str, ...]] = ("AZURE",)
    wire_format: ClassVar[WireFormat] = WireFormat()

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        """A bearer token; only for addresses of Azure's own litellm sends ``api-key``."""
        return OpenAI.key_header(self, key)

    @override
    def is_chat(self, request: Request) -> bool:
        return OpenAI.is_chat(self, request)

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A code and a message, of which the details are a copy; a refused key has neither."""
        error: dict[str, Any]
        if kind == "authentication":
            return Failure(401, {"statusCode": 401, "message": message or _UNAUTHORIZED})
        if kind == "bad_request":
            error = {"code": "Invalid input", "status": 422, "message": message or "invalid input error"}
            return Failure(422, {"error": error if message else {**error, "details": [_EXTRA]}})
        if kind not in ERRORS:
            return super().error(kind, message)
        status, code, words = ERRORS[kind]
        error = {"code": code, "message": message or words, "details": message or words}
        return Failure(status, {"error": error})
