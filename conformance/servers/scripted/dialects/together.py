"""Together AI: OpenAI's chat completions, with the id of a token in every delta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.compatible import Compatible
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import CREATED, indexed, totals
from conformance.servers.scripted.dialects.openai_errors import Errors
from conformance.spec.dialogue import Answer

REFUSED = "invalid_request_error"


class Together(Compatible):
    """Together's chat completions: an answer ends with ``eos``, and its usage is beside the reason."""

    finish_reasons: ClassVar[Mapping[str, str]] = {"stop": "eos"}
    environment: ClassVar[tuple[str, ...]] = ("TOGETHER",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("reasoning prompt"), measured=words("token_id seed")
    )
    errors: ClassVar[Errors] = {
        "authentication": (
            401,
            REFUSED,
            "invalid_api_key",
            "Invalid API key provided. You can find your API key at"
            " https://api.together.xyz/settings/api-keys.",
        ),
        "bad_request": (400, REFUSED, None, "Input validation error: `temperature` must be at most 2."),
        # Together's guard model is a part of the request; this stands for its refusal.
        "content_filter": (400, REFUSED, "content_filter", "The prompt was flagged by the safety model."),
        "context_limit": (
            422,
            REFUSED,
            None,
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9001 `inputs`"
            " tokens and 512 `max_new_tokens`",
        ),
        "not_found": (
            404,
            REFUSED,
            "model_not_available",
            "Unable to access model tiny. Please visit https://api.together.ai/models to view the list of"
            " supported models.",
        ),
        "overloaded": (503, "service_unavailable", None, "The server is overloaded. Please try again later."),
        "permission": (403, REFUSED, None, "Your account has no access to this model."),
        "quota": (
            402,
            "credit_limit",
            None,
            "Credit limit exceeded, please navigate to https://api.together.ai/settings/billing to update.",
        ),
        "rate_limit": (
            429,
            "model_rate_limit",
            None,
            "You have reached the rate limit specific to this model tiny. The maximum rate limit for this"
            " model is 0.6 queries per minute.",
        ),
        "server": (500, "server_error", None, "Internal server error"),
    }

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """A completion repeats no prompt, and says so."""
        about = {"id": f"o{identifier(answer, 0)}-MXP", "object": kind, "created": CREATED, "model": model}
        return about | ({"prompt": []} if kind == "chat.completion" else {})

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """Every delta has the role, a content and the id of a token; a message has the seed in its place."""
        choice = {**super().choice(content, finish_reason), "logprobs": None}
        if "delta" not in content:
            return {**choice, "seed": 10337522019019826656}
        delta = {"token_id": 9906, "role": "assistant", "content": "", **content["delta"]}
        return {**choice, "text": delta["content"] or "", "delta": delta}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """The text beside calls is empty, and so is the list of calls without any; they have an index."""
        return {"tool_calls": [], **indexed(super().message(answer)), "content": answer.text}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {}

    @override
    def thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text}

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The cached tokens stand beside the others."""
        return {**totals(usage), "cached_tokens": usage.cached_tokens}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """OpenAI's error, with the id of the request beside it."""
        failure = super().error(kind, message)
        return Failure(failure.status, {"id": "o00000-MXP", **failure.body})
