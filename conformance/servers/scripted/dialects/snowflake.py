"""Snowflake Cortex: OpenAI's chat completions with every field of the type, empty where it means nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import CREATED, OpenAI, counted_beyond, event
from conformance.spec.dialogue import Answer

NOTHING_SAID = {"content": None, "refusal": None}
EMPTY = {"audio": {"id": "", "data": "", "expires_at": 0, "transcript": ""}}
NO_CALL = {"function_call": {"name": "", "arguments": ""}}

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (401, "390144", "JWT token is invalid."),
    "bad_request": (400, "391914", "invalid options object: top_p must be at most 1"),
    "content_filter": (400, "399260", "The prompt was blocked by Cortex Guard: content filtered."),
    "context_limit": (400, "391903", "max tokens of 8192 exceeded"),
    "not_found": (400, "391917", "unknown model tiny"),
    "overloaded": (503, "390503", "The service is currently unavailable. Please try again later."),
    "permission": (403, "390201", "The role has no access to the model: permission denied."),
    "quota": (402, "391955", "The account has exceeded its spending limit."),
    "rate_limit": (429, "391920", "too many requests"),
    "server": (500, "391999", "internal server error"),
}
"""Status, code and message of every failure."""


class Snowflake(OpenAI):
    """Cortex' chat completions, as for the models of OpenAI's; other models send no finish reason.

    https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api
    """

    path: ClassVar[str] = "/api/v2/cortex/v1/chat/completions"
    base_path: ClassVar[str] = "/api/v2"
    environment: ClassVar[tuple[str, ...]] = ("SNOWFLAKE",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("signature transcript"), presence_only=words("reasoning_details audio custom")
    )

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """The name of the model is empty."""
        named = {"id": f"chatcmpl-{identifier(answer, 0)}", "object": kind, "created": CREATED, "model": ""}
        return {**named, "service_tier": "default", "system_fingerprint": ""}

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """Without a reason the field is missing; every delta has the role."""
        if "delta" in content:
            empty = {"content": "", "refusal": "", "role": "assistant", "tool_calls": None}
            content = {"delta": {**empty, **content["delta"]}}
        reason = {} if finish_reason is None else {"finish_reason": finish_reason}
        return {"index": 0, **content, **reason, "logprobs": NOTHING_SAID}

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """The reason is empty beside calls."""
        return super().response_body(answer, model, usage, "" if reason == "tool_calls" else reason)

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """The whole answer, with the fields of everything that it is not."""
        message = {**super().message(answer), "content": answer.text, "refusal": "", "annotations": None}
        for detail in message.get("reasoning_details", ()):
            detail["signature"] = f"sig{identifier(answer, 0)}"
        return {**EMPTY, **NO_CALL, "tool_calls": None, **message}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {}

    @override
    def thought(self, text: str) -> dict[str, Any]:
        """Reasoning is a list of details, and nothing else."""
        detail = {"type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": 0}
        return {"reasoning_details": [{**detail, "id": "reasoning-text-1"}]}

    @override
    def call(self, answer: Answer, number: int) -> dict[str, Any]:
        return {**super().call(answer, number), "custom": {"name": "", "input": ""}}

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        return f"toolu_bdrk_{identifier(answer, number)}"

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in one more chunk without a choice; no other has the field."""
        return counted_beyond(chunks, self.tokens(usage) if usage else None)

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A code, a message and the id of the request."""
        status, code, words = ERRORS[kind]
        return Failure(status, {"message": message or words, "code": code, "request_id": "00000000"})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The event has no name."""
        return event(self.error(kind, message).body)
