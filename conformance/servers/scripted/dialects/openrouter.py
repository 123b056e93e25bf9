"""OpenRouter: OpenAI's chat completions, with the reason and the errors of the provider behind it."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import CREATED, OpenAI, event, indexed
from conformance.spec.dialogue import Answer

COMMENT = b": OPENROUTER PROCESSING\n\n"
"""What keeps a connection open until the provider answers."""

ERRORS: dict[ErrorKind, tuple[int, str, dict[str, Any]]] = {
    "authentication": (401, "No auth credentials found", {}),
    "bad_request": (
        400,
        "Provider returned error",
        {"raw": '{"error":{"message":"Invalid value for \'temperature\'."}}', "provider_name": "OpenAI"},
    ),
    "content_filter": (
        403,
        "tiny requires moderation on OpenInference. Your input was flagged.",
        {"reasons": ["violence"], "flagged_input": "how...", "provider_name": "OpenInference"},
    ),
    "context_limit": (
        400,
        "This endpoint's maximum context length is 131072 tokens. However, you requested about 164857 tokens"
        " (148473 of text input, 16384 in the output). Please reduce the length of either one, or use the"
        ' "middle-out" transform to compress your prompt automatically.',
        {"provider_name": None},
    ),
    "not_found": (404, "No endpoints found for tiny.", {}),
    "overloaded": (503, "There is no available model provider that meets your routing requirements", {}),
    "permission": (403, "You do not have permission to use this model.", {}),
    "quota": (
        402,
        "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can"
        " only afford 1200. To increase, visit https://openrouter.ai/settings/credits and add more credits",
        {},
    ),
    "rate_limit": (
        429,
        "Provider returned error",
        {
            "raw": "tiny is temporarily rate-limited upstream. Please retry shortly, or add your own key to"
            " accumulate your rate limits: https://openrouter.ai/settings/integrations",
            "provider_name": "Google",
        },
    ),
    "server": (502, "Provider returned error", {"raw": "Internal Server Error", "provider_name": "OpenAI"}),
}
"""Status, message and metadata of every failure; the code is the status."""


class OpenRouter(OpenAI):
    """OpenRouter's chat completions: the role in every delta, and a chunk with a choice for the usage."""

    path: ClassVar[str] = "/api/v1/chat/completions"
    base_path: ClassVar[str] = "/api/v1"
    environment: ClassVar[tuple[str, ...]] = ("OPENROUTER", "OR_")
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("reasoning raw"),
        presence_only=words("provider native_finish_reason reasoning_details"),
        measured=words("cost cost_details"),
    )

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        about = {"id": f"gen-{CREATED}-{identifier(answer, 0)[-20:]}", "provider": "OpenAI", "model": model}
        return {**about, "object": kind, "created": CREATED}

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """With the provider's own name for the finish reason; every delta has the role and a content."""
        if "delta" in content:
            content = {"delta": {"role": "assistant", "content": "", **content["delta"]}}
        native = {"finish_reason": finish_reason, "native_finish_reason": finish_reason}
        return {"index": 0, **content, **native, "logprobs": None}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """The reasoning is null where there is none; calls have an index here, too."""
        return {"reasoning": None, **indexed(super().message(answer))}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {}

    @override
    def thought(self, text: str) -> dict[str, Any]:
        """Reasoning is sent twice: as a text, and in the form in which it is sent back."""
        detail = {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}
        return {"reasoning": text, "reasoning_details": [detail]}

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in one more chunk, whose choice has no finish reason; no other has the field."""
        empty = [self.choice({"delta": {}}, None)]
        return [*chunks, *([{**chunks[-1], "choices": empty, "usage": self.tokens(usage)}] if usage else [])]

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Comments stand before the first chunk."""
        return [COMMENT, COMMENT, *super().stream_events(answer, model, usage, reason)]

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """With what it cost, in dollars."""
        paid = {"upstream_inference_prompt_cost": 0.0001332, "upstream_inference_completions_cost": 0.0000444}
        cost = {"cost": 0.0000444, "cost_details": {"upstream_inference_cost": None, **paid}}
        details = {"completion_tokens_details": {"reasoning_tokens": 0, "image_tokens": 0}}
        return {**super().tokens(usage), **details, **cost, "is_byok": False}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The code is the status; the provider's own words are among the metadata."""
        status, words, metadata = ERRORS[kind]
        error: dict[str, Any] = {"message": message or words, "code": status}
        if metadata and not message:
            error["metadata"] = metadata
        return Failure(status, {"error": error, "user_id": "user_1"})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The error stands in a chunk whose finish reason says so."""
        chunk = self.envelope(Answer(""), "chat.completion.chunk", "tiny")
        error = self.error(kind, message).body["error"]
        return event({**chunk, "error": error, "choices": [self.choice({"delta": {}}, "error")]})
