"""Cohere's chat, version 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

event = named_event

ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "authentication": (401, "invalid api token"),
    "bad_request": (400, "invalid request: temperature must be between 0 and 1.0 inclusive."),
    "content_filter": (498, "the request or the response contains a deny-listed token"),
    "context_limit": (
        400,
        "too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs, or setting"
        " prompt_truncation='AUTO'.",
    ),
    "not_found": (
        404,
        "model 'command-r' was removed on September 15, 2025. See https://docs.cohere.com/docs/models#command"
        " for a list of models you can use instead.",
    ),
    "overloaded": (503, "the model is overloaded, please try again later"),
    "permission": (403, "your organization has no access to this model"),
    "quota": (402, "Please add or update your payment method at https://dashboard.cohere.com/billing"),
    "rate_limit": (429, "trial token rate limit exceeded, limit is 100000 tokens per minute"),
    "server": (500, "internal server error, this has been reported to our developers."),
}
"""Status and message of every failure."""


class Cohere(Dialect):
    """Cohere's chat: a text beside tool calls is a plan; events hold objects where others have lists."""

    path: ClassVar[str] = "/v2/chat"
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "COMPLETE",
        "length": "MAX_TOKENS",
        "tool_calls": "TOOL_CALL",
        "content_filter": "ERROR_TOXIC",
    }
    environment: ClassVar[tuple[str, ...]] = ("COHERE",)
    stop_fields: ClassVar[tuple[str, ...]] = ("stop_sequences",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("id message.tool_calls[].id delta.message.tool_calls.id"),
        request_ids=words("messages[].tool_calls[].id messages[].tool_call_id"),
        free_text=words("text content thinking tool_plan message error"),
        presence_only=words("citations logprobs"),
        measured=words("usage meta"),
        call_arguments=words("arguments"),
        call_indexes=words("index"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """One body; it does not name the ``model``, and has no content beside tool calls."""
        message: dict[str, Any] = {"role": "assistant"}
        if answer.calls:
            message |= {"tool_plan": answer.text, "tool_calls": calls(answer)}
        if content := blocks(answer):
            message["content"] = content
        return {"id": message_id(answer), "message": message, "finish_reason": reason, "usage": tokens(usage)}

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Message start, content, plan and calls with their starts and ends, message end, ``[DONE]``."""
        empty = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        plan = pieces(answer.text) if answer.calls else []
        end: dict[str, Any] = {"finish_reason": reason}
        return [
            event("message-start", id=message_id(answer), delta={"message": empty}),
            *(one for index, block in enumerate(blocks(answer)) for one in block_events(index, block)),
            *(event("tool-plan-delta", delta={"message": {"tool_plan": piece}}) for piece in plan),
            *(one for index, call in enumerate(calls(answer)) for one in call_events(index, call)),
            event("message-end", delta={**end, **({"usage": tokens(usage)} if usage else {})}),
            b"data: [DONE]\n\n",
        ]

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The body is an id and a message, without a code."""
        status, words = ERRORS[kind]
        return Failure(status, {"id": "00000000-0000-4000-8000-000000000000", "message": message or words})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The message ends with an error."""
        return event("message-end", delta={"error": message or ERRORS[kind][1], "finish_reason": "ERROR"})

    @override
    def tool_choice(self, request: Request) -> str:
        """``REQUIRED`` or ``NONE``; without a choice it is ``auto``.

        A tool cannot be demanded by its name.
        """
        return str(request.json().get("tool_choice", "AUTO")).lower()

    @override
    def ends_answer(self, event: bytes) -> bool:
        """The end of the message; only ``[DONE]`` follows it."""
        return event.startswith(b"event: message-end")

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return [call["id"] for call in calls(answer)]


def message_id(answer: Answer) -> str:
    """An identifier in the form of a UUID."""
    text = identifier(answer, 0)
    return f"{text[:8]}-{text[8:12]}-4000-8000-{text[-12:]}"


def blocks(answer: Answer) -> list[dict[str, Any]]:
    """The content of an answer: thinking, then text unless there are calls."""
    thinking = [{"type": "thinking", "thinking": answer.reasoning}] if answer.reasoning else []
    return thinking + ([{"type": "text", "text": answer.text}] if answer.text and not answer.calls else [])


def calls(answer: Answer) -> list[dict[str, Any]]:
    """The calls; an id begins with the name of its function."""
    return [
        {
            "id": f"{call.name}_{identifier(answer, number)[-24:]}",
            "type": "function",
            "function": {"name": call.name, "arguments": compact(call.arguments)},
        }
        for number, call in enumerate(answer.calls)
    ]


def block_events(index: int, block: dict[str, Any]) -> Iterator[bytes]:
    """The start of a block with its field empty, the deltas that fill it, and its end."""
    field = block["type"]
    for name, content in [
        ("content-start", {"type": field, field: ""}),
        *(("content-delta", {field: piece}) for piece in pieces(block[field])),
    ]:
        yield event(name, index=index, delta={"message": {"content": content}})
    yield event("content-end", index=index)


def call_events(index: int, call: dict[str, Any]) -> Iterator[bytes]:
    """The start of a call with its arguments empty, the deltas that fill them, and its end."""
    function = call["function"]
    for name, content in [
        ("tool-call-start", {**call, "function": {**function, "arguments": ""}}),
        *(("tool-call-delta", {"function": {"arguments": each}}) for each in pieces(function["arguments"])),
    ]:
        yield event(name, index=index, delta={"message": {"tool_calls": content}})
    yield event("tool-call-end", index=index)


def tokens(usage: Usage) -> dict[str, Any]:
    """The tokens that are billed and those that were read and written, which include the cached ones."""
    counts = {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens}
    billed = {**counts, "input_tokens": usage.prompt_tokens - usage.cached_tokens}
    return {"billed_units": billed, "tokens": counts, "cached_tokens": usage.cached_tokens}
