"""Cloudflare's Workers AI: OpenAI's chat completions, with the errors of Cloudflare's API.

https://developers.cloudflare.com/workers-ai/platform/errors/
"""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage
from conformance.servers.scripted.dialects.openai import OpenAI, totals

ERRORS: dict[ErrorKind, tuple[int, int, str]] = {
    "authentication": (401, 10000, "Authentication error"),
    "bad_request": (400, 5004, "Invalid data type for base64 input: string"),
    # That of its AI Gateway, where one stands before Workers AI.
    "content_filter": (424, 2016, "Prompt blocked due to security configurations"),
    "context_limit": (
        413,
        5021,
        "AiError: AiError: The estimated number of input and maximum output tokens (30019) exceeded this"
        " model context window limit (24000).",
    ),
    "not_found": (400, 5007, "No such model @cf/meta/tiny or task"),
    "overloaded": (503, 503, "Service temporarily unavailable"),  # not documented: of what stands before it
    "permission": (403, 5018, "The account is not allowed to access this model"),
    "quota": (402, 402, "Insufficient credits"),  # not documented: of what stands before it
    "rate_limit": (429, 3040, "Capacity temporarily exceeded, please try again."),
    "server": (500, 3043, "Internal server error"),
}
"""Status, code and message of every failure."""


class Cloudflare(OpenAI):
    """Workers AI: fewer fields than OpenAI's, and no count of cached tokens."""

    path: ClassVar[str] = "/ai/v1/chat/completions"
    base_path: ClassVar[str] = "/client/v4/accounts/tiny/ai/v1"
    environment: ClassVar[tuple[str, ...]] = ("CLOUDFLARE",)
    tells_cached_tokens: ClassVar[bool] = False

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        return totals(usage)

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A list of errors, beside fields that every answer of Cloudflare's API has."""
        status, code, words = ERRORS[kind]
        error = {"message": message or words, "code": code}
        return Failure(status, {"errors": [error], "success": False, "result": {}, "messages": []})
