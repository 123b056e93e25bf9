"""Anthropic's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import (
    Dialect,
    ErrorKind,
    Failure,
    Usage,
    compact,
    identifier,
    named_event,
    pieces,
)
from conformance.servers.scripted.dialects.encoded import decoded
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

event = named_event

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (401, "authentication_error", "invalid x-api-key"),
    "bad_request": (400, "invalid_request_error", "messages: at least one message is required"),
    "content_filter": (400, "invalid_request_error", "Output blocked by content filtering policy"),
    "context_limit": (400, "invalid_request_error", "prompt is too long: 216868 tokens > 200000 maximum"),
    "not_found": (404, "not_found_error", "model: tiny"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "permission": (
        403,
        "permission_error",
        "Your API key does not have permission to use the specified resource.",
    ),
    "quota": (
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API."
        " Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    "rate_limit": (
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 30,000 input tokens per minute.",
    ),
    "server": (500, "api_error", "Internal server error"),
}
"""Status, type and message of every failure."""


class Anthropic(Dialect):
    """Anthropic's messages: content blocks, and events that have names."""

    path: ClassVar[str] = "/v1/messages"
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "tool_calls": "tool_use",
        "content_filter": "refusal",
    }
    environment: ClassVar[tuple[str, ...]] = ("ANTHROPIC",)
    stop_fields: ClassVar[tuple[str, ...]] = ("stop_sequences",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words(
            "id request_id content[].id content[].tool_use_id",
            "message.id content_block.id content_block.tool_use_id",
        ),
        request_ids=words("messages[].content[].id messages[].content[].tool_use_id"),
        free_text=words("text content thinking signature data partial_json message"),
        presence_only=words("service_tier citations"),
        measured=words("usage"),
        call_arguments=words("input partial_json"),
        call_indexes=words("index"),
    )

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "x-api-key", key

    @override
    def key_headers(self, key: str) -> tuple[tuple[str, str], ...]:
        """A bearer token is accepted too; the SDK sends one since version 2.

        https://platform.claude.com/docs/en/manage-claude/authentication
        """
        return (self.key_header(key), ("authorization", f"Bearer {key}"))

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        return {
            **envelope(answer, model),
            "content": blocks(answer),
            "stop_reason": reason,
            "usage": {**tokens(usage), "service_tier": "standard"},
        }

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Message start, a ping, start, deltas and stop of every block, usage, message stop."""
        # The final count replaces the first one, which is small and never above it.
        first = {"output_tokens": min(1, usage.completion_tokens)} if usage else {}
        begun = {"usage": {**tokens(usage), **first, "service_tier": "standard"}} if usage else {}
        start = event("message_start", message={**envelope(answer, model), **begun})
        content = [one for index, block in enumerate(blocks(answer)) for one in block_events(index, block)]
        return [
            # llama.cpp leaves it out, and the usage with it, when the first token is half a character.
            *([start] if usage else []),
            *content[:1],
            event("ping"),
            *content[1:],
            event(
                "message_delta",
                delta={"stop_reason": reason, "stop_sequence": None},
                **({"usage": tokens(usage)} if usage else {}),
            ),
            event("message_stop"),
        ]

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, type_, words = ERRORS[kind]
        return Failure(
            status,
            {
                "type": "error",
                "error": {"type": type_, "message": message or words},
                "request_id": "req_000000000000000000000000",
            },
        )

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [tool["name"] for tool in request.json().get("tools", [])]

    @override
    def tool_choice(self, request: Request) -> str:
        """An object; ``any`` means ``required``."""
        choice = request.json().get("tool_choice", {"type": ""})
        return str(choice.get("name") or {"any": "required"}.get(choice["type"], choice["type"]))

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        """Images are blocks with their type beside their data."""
        contents = [message["content"] for message in request.json()["messages"]]
        found = [block for content in contents if isinstance(content, list) for block in content]
        sources = [block["source"] for block in found if block["type"] == "image"]
        return [(source["media_type"], decoded(source["data"])) for source in sources]

    @override
    def ends_answer(self, event: bytes) -> bool:
        return event.startswith(b"event: message_delta")

    @override
    def opaque(self, answer: Answer) -> list[str]:
        """The ids of the tool uses, the thinking and its signature."""
        return [block[name] for block in blocks(answer) for name in _OPAQUE if name in block]


_OPAQUE = ("id", "thinking", "signature")


def blocks(answer: Answer) -> list[dict[str, Any]]:
    """The content of an answer: thinking, text, then the tool uses."""
    content: list[dict[str, Any]] = []
    if answer.reasoning:
        content.append({"type": "thinking", "thinking": answer.reasoning, "signature": "c2lnbmF0dXJl"})
    if answer.text:
        content.append({"type": "text", "text": answer.text})
    content += [
        {
            "type": "tool_use",
            "id": f"toolu_{identifier(answer, number)}",
            "name": call.name,
            "input": dict(call.arguments),
        }
        for number, call in enumerate(answer.calls)
    ]
    return content


def block_events(index: int, block: dict[str, Any]) -> list[bytes]:
    """The start of a block with its fields empty, the deltas that fill them, and its stop."""
    empty: dict[str, Any]
    match block["type"]:
        case "thinking":
            empty = {"thinking": "", "signature": ""}
            parts = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
            parts.append({"type": "signature_delta", "signature": block["signature"]})
        case "text":
            empty = {"text": ""}
            parts = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
        case _:
            empty = {"input": {}}
            text = compact(block["input"]) if block["input"] else ""
            # The first fragment is always empty; of a call without arguments it is the only one.
            parts = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(text)]]
    return [
        event("content_block_start", index=index, content_block={**block, **empty}),
        *(event("content_block_delta", index=index, delta=part) for part in parts),
        event("content_block_stop", index=index),
    ]


def envelope(answer: Answer, model: str) -> dict[str, Any]:
    """A message without content."""
    return {
        "id": f"msg_{identifier(answer, 0)}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def tokens(usage: Usage) -> dict[str, Any]:
    """The usage; the input tokens do not include the cached ones."""
    return {
        "input_tokens": usage.prompt_tokens - usage.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.completion_tokens,
    }
