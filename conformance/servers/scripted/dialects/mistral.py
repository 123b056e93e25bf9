"""Mistral: OpenAI's chat completions with fewer fields, and thoughts among the content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import CREATED, OpenAI, counted_last, totals
from conformance.servers.scripted.dialects.openai_errors import Errors
from conformance.spec.dialogue import Answer

ERRORS: Errors = {
    "bad_request": (400, "invalid_request_error", None, "Expected last role User or Tool but got assistant"),
    # Mistral is not known to filter prompts: this stands for a proxy that does it before Mistral.
    "content_filter": (400, "invalid_request_error", "content_filter", "The prompt was filtered."),
    "context_limit": (
        400,
        "invalid_request_error",
        "3051",
        "Prompt contains 40012 tokens and 0 draft tokens, too large for model with 32768 maximum context"
        " length",
    ),
    "not_found": (400, "invalid_model", "1500", "Invalid model: tiny"),
    "overloaded": (503, "service_unavailable", "3000", "Service unavailable."),
    "permission": (403, "forbidden", None, "You do not have access to this model."),
    "quota": (402, "insufficient_quota", None, "You have run out of credits."),
    "rate_limit": (429, "rate_limited", "1300", "Rate limit exceeded"),
    "server": (500, "internal_server_error", "1000", "Internal server error"),
}
"""Status, type, code and message of every failure except a refused key."""


class Mistral(OpenAI):
    """Mistral's chat completions: the delta with the finish reason holds all calls, whole."""

    path: ClassVar[str] = "/v1/chat/completions"
    environment: ClassVar[tuple[str, ...]] = ("MISTRAL",)
    tool_choices: ClassVar[Mapping[str, str]] = {"any": "required"}
    wire_format: ClassVar[WireFormat] = WireFormat(free_text=words("thinking detail"))

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        return {"id": identifier(answer, 0), "object": kind, "created": CREATED, "model": model}

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {"index": 0, **content, "finish_reason": finish_reason}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """The content is a list where there is reasoning, and an empty text beside calls alone."""
        calls = [{**self.call(answer, number), "index": number} for number in range(len(answer.calls))]
        content: Any = answer.text
        if answer.reasoning:
            [thought] = self.thought(answer.reasoning)["content"]
            content = [{**thought, "closed": True}, {"type": "text", "text": answer.text}]
        return {"role": "assistant", "content": content, "tool_calls": calls or None}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}

    @override
    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """The last delta has the calls."""
        yield from ()

    @override
    def last_delta(self, answer: Answer) -> dict[str, Any]:
        """An empty content, and all calls."""
        calls = [{**self.call(answer, number), "index": number} for number in range(len(answer.calls))]
        return {"content": "", **({"tool_calls": calls} if calls else {})}

    @override
    def thought(self, text: str) -> dict[str, Any]:
        """Reasoning is a part of the content."""
        return {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]}

    @override
    def call(self, answer: Answer, number: int) -> dict[str, Any]:
        """A call has no type."""
        call = super().call(answer, number)
        del call["type"]
        return call

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        """The id has nine characters; Mistral accepts no other."""
        return f"{identifier(answer, number)[:8]}{number}"

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in the last chunk."""
        return counted_last(chunks, self.tokens(usage) if usage else None)

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The counts; cached tokens only where there are some."""
        cached = {"prompt_tokens_details": {"cached_tokens": usage.cached_tokens}}
        return {**totals(usage), **(cached if usage.cached_tokens else {})}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The error is flat; a refused key has a detail alone."""
        if kind == "authentication":
            return Failure(401, {"detail": message or "Unauthorized"})
        status, type_, code, words = ERRORS[kind]
        body = {"object": "error", "message": message or words, "type": type_, "param": None, "code": code}
        return Failure(status, body)
