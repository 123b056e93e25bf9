"""Fireworks AI: OpenAI's chat completions with errors of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.compatible import Compatible
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import (
    CREATED,
    totals,
)
from conformance.servers.scripted.dialects.openai_errors import Errors
from conformance.spec.dialogue import Answer

REFUSED = "invalid_request_error"


class Fireworks(Compatible):
    """Fireworks' chat completions: the usage is beside the finish reason, and an error has no parameter."""

    path: ClassVar[str] = "/inference/v1/chat/completions"
    base_path: ClassVar[str] = "/inference/v1"
    environment: ClassVar[tuple[str, ...]] = ("FIREWORKS",)
    tool_choices: ClassVar[Mapping[str, str]] = {"any": "required"}
    wire_format: ClassVar[WireFormat] = WireFormat(measured=words("perf_metrics"))
    errors: ClassVar[Errors] = {
        "authentication": (401, "UNAUTHORIZED", "UNAUTHORIZED", "The API key you provided is invalid."),
        "bad_request": (400, REFUSED, None, "Extra inputs are not permitted, field: 'moods'"),
        # Fireworks is not known to filter prompts: this stands for a guard model before it.
        "content_filter": (400, REFUSED, "content_filter", "The prompt was filtered."),
        "context_limit": (
            400,
            REFUSED,
            None,
            "The prompt is too long: 136104, model maximum context length: 131071",
        ),
        "not_found": (404, "NOT_FOUND", "NOT_FOUND", "Model not found, inaccessible, and/or not deployed"),
        "overloaded": (503, "overloaded", None, "Service overloaded, please try again later"),
        "permission": (403, "FORBIDDEN", "FORBIDDEN", "You have no access to this deployment."),
        # https://docs.fireworks.ai/guides/inference-error-codes
        "quota": (
            412,
            "PRECONDITION_FAILED",
            "PRECONDITION_FAILED",
            "Account fireworker is suspended, possibly due to reaching the monthly spending limit or failure"
            " to pay past invoices. Please go to https://fireworks.ai/account/billing for more information.",
        ),
        "rate_limit": (429, "rate_limit_exceeded", None, "Rate limit exceeded, please try again later"),
        "server": (500, "internal_server_error", None, "Internal server error"),
    }

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """The name of the model becomes that of a resource."""
        named = {"model": f"accounts/fireworks/models/{model}"}
        return {"id": f"{identifier(answer, 0)}", "object": kind, "created": CREATED, **named}

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        return {**totals(usage), "prompt_tokens_details": {"cached_tokens": usage.cached_tokens}}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The error names what it is; its code is missing where it has none."""
        failure = super().error(kind, message)
        error = {name: value for name, value in failure.body["error"].items() if value is not None}
        return Failure(failure.status, {"error": {"object": "error", **error}})
