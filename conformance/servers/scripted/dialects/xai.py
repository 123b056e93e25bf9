"""xAI: OpenAI's chat completions, whose completion tokens leave out the thoughts, with errors of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, compact
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.spec.dialogue import Answer

THOUGHTS = 2
"""The tokens of thoughts, which are counted apart."""

_INVALID = "Client specified an invalid argument"
_DENIED = "The caller does not have permission to execute the specified operation"
_EXHAUSTED = "Some resource has been exhausted"

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    # A wrong key is a 400: continuedev/continue#10778.
    "authentication": (
        400,
        _INVALID,
        "Incorrect API key provided: se***et. You can obtain an API key from https://console.x.ai.",
    ),
    "bad_request": (400, _INVALID, "The model expects a single `text` element per message."),
    "content_filter": (403, _DENIED, "Content violates usage guidelines. Failed check: SAFETY_CHECK_BIO"),
    "context_limit": (
        400,
        _INVALID,
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    ),
    "not_found": (
        404,
        "Some requested entity was not found",
        "The model tiny does not exist or your team 0000 does not have access to it. Please ensure you're"
        " using the correct API key.",
    ),
    "overloaded": (
        503,
        "The service is currently unavailable",
        "The model is at capacity right now. Please try again later.",
    ),
    "permission": (403, _DENIED, "Your API key is not allowed to use this endpoint."),
    "quota": (
        429,
        _EXHAUSTED,
        "Your team 0000 has either used all available credits or reached its monthly spending limit. To"
        " continue making API requests, please purchase more credits or raise your spending limit.",
    ),
    "rate_limit": (
        429,
        _EXHAUSTED,
        "Too many requests for team 0000 and model tiny. Your team's rate limit is - Requests per Second"
        " (actual/limit): 9/8, Requests per Minute (actual/limit): 100/480.",
    ),
    "server": (500, "Internal error", "An internal error occurred while processing the request."),
}
"""Status, code and message of every failure; the code is a sentence."""


class XAI(OpenAI):
    """xAI's chat completions: all calls are whole, in one delta."""

    environment: ClassVar[tuple[str, ...]] = ("XAI",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("error"), measured=words("num_sources_used cost_in_usd_ticks")
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """The reason is empty beside calls, as litellm's XAIChatConfig has found it."""
        return super().response_body(answer, model, usage, "" if reason == "tool_calls" else reason)

    @override
    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        if answer.calls:
            calls = [{**self.call(answer, number), "index": number} for number in range(len(answer.calls))]
            yield {"tool_calls": calls}

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The thoughts are not among the completion tokens, but in the total."""
        tokens = super().tokens(usage)
        thoughts = min(THOUGHTS, usage.completion_tokens - 1)
        tokens["completion_tokens"] -= thoughts
        tokens["completion_tokens_details"]["reasoning_tokens"] = thoughts
        return {**tokens, "num_sources_used": 0}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A code and a text, with nothing around them."""
        status, code, words = ERRORS[kind]
        return Failure(status, {"code": code, "error": message or words})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The event has no name."""
        return f"data: {compact(self.error(kind, message).body)}\n\n".encode()
