"""DeepSeek: OpenAI's chat completions, with the tokens of its cache and a balance that can run out."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import Usage, identifier
from conformance.servers.scripted.dialects.openai import (
    CREATED,
    OpenAI,
    counted_last,
    indexed,
    totals,
    uncounted,
)
from conformance.servers.scripted.dialects.openai_errors import Errors
from conformance.spec.dialogue import Answer

REFUSED = "invalid_request_error"
"""The code of every failure, also of a wrong key: https://api-docs.deepseek.com/quick_start/error_codes."""


class DeepSeek(OpenAI):
    """DeepSeek's chat completions: a delta has a text or a thought, and the other is null."""

    environment: ClassVar[tuple[str, ...]] = ("DEEPSEEK",)
    wire_format: ClassVar[WireFormat] = WireFormat(free_text=words("reasoning_content"))
    errors: ClassVar[Errors] = {
        "authentication": (401, "authentication_error", REFUSED, "Authentication Fails (no such user)"),
        "bad_request": (422, REFUSED, REFUSED, "Invalid max_tokens value, the valid range is [1, 8192]"),
        "content_filter": (400, REFUSED, REFUSED, "Content Exists Risk"),
        "context_limit": (
            400,
            REFUSED,
            REFUSED,
            "This model's maximum context length is 131072 tokens. However, you requested 139162 tokens"
            " (130970 in the messages, 8192 in the completion). Please reduce the length of the messages or"
            " completion.",
        ),
        "not_found": (400, REFUSED, REFUSED, "Model Not Exist"),
        "overloaded": (503, "service_unavailable_error", REFUSED, "Service is too busy. Please retry later."),
        "permission": (403, "permission_error", REFUSED, "You have no access to this model."),
        "quota": (402, "unknown_error", REFUSED, "Insufficient Balance"),
        "rate_limit": (429, "rate_limit_error", "rate_limit_error", "Rate limit reached"),
        "server": (500, "internal_error", "internal_error", "Our server encounters an issue."),
    }

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        text = identifier(answer, 0)
        about = {"id": f"{text[:8]}-{text[8:12]}-4000-8000-{text[-12:]}", "object": kind, "created": CREATED}
        return {**about, "model": model, "system_fingerprint": "fp_393bca965e_prod0623_fp8_kvcache"}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """Without a refusal; calls have an index here, too, and the text beside them is empty."""
        message = indexed(super().message(answer))
        del message["refusal"]
        return {**message, "content": answer.text}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        if answer.reasoning:
            return {"role": "assistant", "content": None, "reasoning_content": ""}
        return {"role": "assistant", "content": ""}

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """The field of a delta that says nothing is null."""
        delta = content.get("delta")
        if delta is not None and "tool_calls" not in delta:
            delta = {"content": "" if finish_reason else None, "reasoning_content": None, **delta}
            content = {"delta": delta}
        return super().choice(content, finish_reason)

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        return f"call_{number:02}_{identifier(answer, number)}"

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in the last chunk, and null in all others."""
        return counted_last(uncounted(chunks), self.tokens(usage) if usage else None)

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The cached tokens are counted twice, and so are the others."""
        missed = usage.prompt_tokens - usage.cached_tokens
        details = {
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }
        cache = {"prompt_cache_hit_tokens": usage.cached_tokens, "prompt_cache_miss_tokens": missed}
        return {**totals(usage), **details, **cache}
