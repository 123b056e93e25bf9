"""Hugging Face's router: the answers of the provider behind it, such as Together's, and errors of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure
from conformance.servers.scripted.dialects.together import Together

ERRORS: dict[ErrorKind, tuple[int, dict[str, Any]]] = {
    "authentication": (401, {"error": "Invalid username or password."}),
    "bad_request": (
        422,
        {
            "error": "Input validation error: `temperature` must be strictly positive",
            "error_type": "validation",
        },
    ),
    # The router is not known to filter prompts: this stands for a provider that does.
    "content_filter": (400, {"error": "The prompt was flagged by the safety model."}),
    "context_limit": (
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 9001"
            " `inputs` tokens and 512 `max_new_tokens`",
            "error_type": "validation",
        },
    ),
    "not_found": (404, {"error": "Model tiny does not exist"}),
    # A retry waits for it: a real model takes twenty seconds.
    "overloaded": (503, {"error": "Model tiny is currently loading", "estimated_time": 0.1}),
    "permission": (
        403,
        {
            "error": "This authentication method does not have sufficient permissions to call Inference"
            " Providers on behalf of user somebody"
        },
    ),
    "quota": (
        402,
        {
            "error": "You have exceeded your monthly included credits for Inference Providers. Subscribe to"
            " PRO to get 20x more monthly included credits."
        },
    ),
    "rate_limit": (
        429,
        {"error": "Rate limit reached. You reached free usage limit (reset hourly). Please subscribe."},
    ),
    "server": (500, {"error": "Request failed during generation: Server error", "error_type": "generation"}),
}
"""Status and body of every failure: the error is a text."""


class HuggingFace(Together):
    """The router's chat completions, with Together behind it; the generation server says ``eos_token``."""

    finish_reasons: ClassVar[Mapping[str, str]] = {}
    environment: ClassVar[tuple[str, ...]] = ("HF_", "HUGGINGFACE")

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, body = ERRORS[kind]
        return Failure(status, {**body, "error": message} if message else body)
