"""Amazon Bedrock's converse and converse-stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.bedrock_errors import ERRORS
from conformance.servers.scripted.dialects.dialect import (
    Dialect,
    ErrorKind,
    Failure,
    Usage,
    compact,
    identifier,
    pieces,
)
from conformance.servers.scripted.dialects.encoded import decoded
from conformance.servers.scripted.dialects.eventstream import frame
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
"""A part of it stands in every event, so that the size of an event does not tell the length of its text."""


class Bedrock(Dialect):
    """Bedrock's converse: the path asks for a stream, and a stream is binary.

    An API key is a bearer token; a request may be signed with AWS keys instead.
    """

    path: ClassVar[str] = "/converse"

    stream_path: ClassVar[str] = "/converse-stream"
    stream_type: ClassVar[str] = "application/vnd.amazon.eventstream"

    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "tool_calls": "tool_use",
        "content_filter": "guardrail_intervened",
    }
    environment: ClassVar[tuple[str, ...]] = ("AWS",)
    limit_fields: ClassVar[tuple[str, ...]] = ("maxTokens",)
    stop_fields: ClassVar[tuple[str, ...]] = ("stopSequences",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("output.message.content[].toolUse.toolUseId"),
        request_ids=words("messages[].content[].toolUse.toolUseId messages[].content[].toolResult.toolUseId"),
        free_text=words("text signature redactedContent p message"),
        presence_only=words("serviceTier"),
        measured=words("usage metrics"),
        call_arguments=words("input"),
        call_indexes=words("contentBlockIndex"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """One body; it does not name the ``model``."""
        return {
            "metrics": {"latencyMs": 404},
            "output": {"message": {"content": blocks(answer), "role": "assistant"}},
            "stopReason": reason,
            "usage": tokens(usage),
        }

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        return [event(name, **fields) for name, fields in named_events(answer, usage, reason)]

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """The body holds the message alone; a header holds the type."""
        status, type_, words = ERRORS[kind]
        header = f"{type_}:http://internal.amazon.com/coral/com.amazon.bedrock/"
        return Failure(status, {"message": message or words}, {"x-amzn-errortype": header})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """An exception frame, whose type begins with a small letter."""
        _, type_, words = ERRORS[kind]
        return exception_event(type_[0].lower() + type_[1:], message or words)

    @override
    def prompt_of(self, request: Request) -> str:
        """The last text block of the user; tool results are the user's too, but have no text."""
        return str([block["text"] for block in said_by_user(request) if "text" in block][-1])

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [tool["toolSpec"]["name"] for tool in tool_config(request).get("tools", [])]

    @override
    def tool_choice(self, request: Request) -> str:
        """``auto``, ``any`` or a tool; for ``none`` a backend has to send no tools.

        Tools without a choice mean ``auto``.
        """
        if not self.tool_names(request):
            return "none"
        [[name, value]] = tool_config(request).get("toolChoice", {"auto": {}}).items()
        return str(value.get("name") or {"any": "required"}.get(name, name))

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        """Images are blocks with a format, and their bytes in base64."""
        images = [block["image"] for block in said_by_user(request) if "image" in block]
        return [(f"image/{each['format']}", decoded(each["source"]["bytes"])) for each in images]

    @override
    def ends_answer(self, event: bytes) -> bool:
        """The event with the stop reason; the usage follows it."""
        return b"messageStop\r:content-type" in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        """The ids of the tool uses, the reasoning and its signature."""
        return [*use_ids(answer), *([answer.reasoning, SIGNATURE] if answer.reasoning else [])]


NamedEvent = tuple[str, dict[str, Any]]
"""The name and the fields of an event."""

SIGNATURE = "c2lnbmF0dXJl"
"""The signature of a reasoning, which must come back with it."""


def blocks(answer: Answer) -> list[dict[str, Any]]:
    """The content of an answer: reasoning, text, then the tool uses."""
    content: list[dict[str, Any]] = []
    if answer.reasoning:
        reasoning = {"text": answer.reasoning, "signature": SIGNATURE}
        content.append({"reasoningContent": {"reasoningText": reasoning}})
    if answer.text:
        content.append({"text": answer.text})
    for number, call in enumerate(answer.calls):
        identity = f"tooluse_{identifier(answer, number)[-22:]}"
        use = {"toolUseId": identity, "name": call.name, "input": dict(call.arguments)}
        content.append({"toolUse": use})
    return content


def use_ids(answer: Answer) -> list[str]:
    """The ids of the tool uses."""
    return [block["toolUse"]["toolUseId"] for block in blocks(answer) if "toolUse" in block]


def named_events(answer: Answer, usage: Usage | None, reason: str) -> Iterator[NamedEvent]:
    """Message start, the blocks, message stop, and the metadata with the usage."""
    yield "messageStart", {"role": "assistant"}
    for index, block in enumerate(blocks(answer)):
        yield from block_events(index, block)
    yield "messageStop", {"stopReason": reason}
    if usage:
        yield "metadata", {"metrics": {"latencyMs": 404}, "usage": tokens(usage)}


def block_events(index: int, block: dict[str, Any]) -> Iterator[NamedEvent]:
    """The deltas of a block and its stop; only a tool use has a start."""
    match block:
        case {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}:
            thoughts = [*({"text": piece} for piece in pieces(text)), {"signature": signature}]
            deltas: list[dict[str, Any]] = [{"reasoningContent": thought} for thought in thoughts]
        case {"text": text}:
            deltas = [{"text": piece} for piece in pieces(text)]
        case {"toolUse": use}:
            begun = {"toolUse": {"name": use["name"], "toolUseId": use["toolUseId"]}}
            yield "contentBlockStart", {"contentBlockIndex": index, "start": begun}
            text = compact(use["input"]) if use["input"] else ""
            # The first fragment is always empty; of a call without arguments it is the only one.
            deltas = [{"toolUse": {"input": piece}} for piece in ["", *pieces(text)]]
        case _:
            raise ValueError(f"a block of an unknown kind: {block}")
    for delta in deltas:
        yield "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}
    yield "contentBlockStop", {"contentBlockIndex": index}


def tokens(usage: Usage) -> dict[str, Any]:
    """The usage; the input tokens do not include the cached ones, the total does."""
    cached = usage.cached_tokens
    read, written = {"cacheReadInputTokens": cached}, {"cacheWriteInputTokens": 0}
    again = {"cacheReadInputTokenCount": cached, "cacheWriteInputTokenCount": 0}  # under a second name
    return {
        **(read | written | again if cached else {}),
        "inputTokens": usage.prompt_tokens - cached,
        "outputTokens": usage.completion_tokens,
        "serverToolUsage": {},
        "totalTokens": usage.prompt_tokens + usage.completion_tokens,
    }


def event(name: str, **fields: Any) -> bytes:
    """One event of a stream, whose name stands in a header alone."""
    padding = PADDING[: 2 + len(compact(fields)) % 50]
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, compact({**fields, "p": padding}).encode())


def exception_event(name: str, message: str) -> bytes:
    """An error in place of the next event, by the name that Bedrock gives it in a stream."""
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, compact({"message": message}).encode())


def said_by_user(request: Request) -> list[dict[str, Any]]:
    """The content blocks of all messages of the user."""
    messages = [message for message in request.json()["messages"] if message["role"] == "user"]
    return [block for message in messages for block in message["content"]]


def tool_config(request: Request) -> dict[str, Any]:
    """The tools and the choice between them."""
    config: dict[str, Any] = request.json().get("toolConfig", {})
    return config
