"""OpenAI's chat completions, which LM Studio, llama.cpp, vLLM and many others speak too."""

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
    data_event,
    identifier,
    pieces,
)
from conformance.servers.scripted.dialects.openai_errors import ERRORS, Errors
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer, Call

CREATED = 1_750_000_000


class OpenAI(Dialect):
    """OpenAI's chat completions; reasoning is in ``reasoning_content``, as compatible servers send it."""

    path: ClassVar[str] = "/chat/completions"
    base_path: ClassVar[str] = "/v1"
    environment: ClassVar[tuple[str, ...]] = ("OPENAI",)
    limit_fields: ClassVar[tuple[str, ...]] = ("max_tokens", "max_completion_tokens")
    errors: ClassVar[Errors] = ERRORS
    tool_choices: ClassVar[Mapping[str, str]] = {}
    """The contract's name for a tool choice that the provider calls otherwise."""

    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("id choices[].message.tool_calls[].id choices[].delta.tool_calls[].id"),
        request_ids=words("messages[].tool_calls[].id messages[].tool_call_id"),
        free_text=words(
            "text content reasoning_content refusal data message error detail obfuscation media_marker"
        ),
        presence_only=words("system_fingerprint service_tier logprobs annotations"),
        measured=words("created expires_at seed usage timings"),
        call_arguments=words("arguments"),
        call_indexes=words("index"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        choice = self.choice({"message": self.message(answer)}, reason)
        envelope = self.envelope(answer, "chat.completion", model)
        return {**envelope, "choices": [choice], "usage": self.tokens(usage)}

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """The chunks of a stream, the last of them with the finish reason, and ``[DONE]``."""
        envelope = self.envelope(answer, "chat.completion.chunk", model)
        choices = [self.choice({"delta": delta}, None) for delta in self.deltas(answer)]
        last = self.choice({"delta": self.last_delta(answer)}, reason)
        chunks = [{**envelope, "choices": [choice]} for choice in (*choices, last)]
        return [*(event(chunk) for chunk in self.counted(chunks, usage)), b"data: [DONE]\n\n"]

    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """The fields that every body and every chunk of one answer share."""
        return {
            "id": f"chatcmpl-{identifier(answer, 0)}",
            "object": kind,
            "created": CREATED,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": None,
        }

    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        """The only choice, around a message or a delta."""
        return {"index": 0, **content, "logprobs": None, "finish_reason": finish_reason}

    def message(self, answer: Answer) -> dict[str, Any]:
        """The whole answer; its content is null beside tool calls without text."""
        message: dict[str, Any] = {"role": "assistant", "content": content_of(answer), "refusal": None}
        if answer.reasoning:
            message |= self.thought(answer.reasoning)
        if answer.calls:
            message["tool_calls"] = [self.call(answer, number) for number in range(len(answer.calls))]
        return message

    def deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """All deltas but the last: the role, reasoning, text, then the calls one after the other."""
        yield self.first_delta(answer)
        for piece in pieces(answer.reasoning):
            yield self.thought(piece)
        for piece in pieces(answer.text):
            yield {"content": piece}
        yield from self.call_deltas(answer)

    def first_delta(self, answer: Answer) -> dict[str, Any]:
        """The delta with the role."""
        return {"role": "assistant", "content": content_of(answer) and "", "refusal": None}

    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """The opening of a call, then its arguments in pieces."""
        for number, call in enumerate(answer.calls):
            opening = self.call(answer, number)
            opening["function"]["arguments"] = ""
            yield {"tool_calls": [{"index": number, **opening}]}
            for piece in pieces(arguments(call)):
                yield {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}

    def last_delta(self, answer: Answer) -> dict[str, Any]:  # noqa: ARG002 - others have something to say
        """The delta beside the finish reason."""
        return {}

    def thought(self, text: str) -> dict[str, Any]:
        """The field of a message or a delta that holds reasoning."""
        return {"reasoning_content": text}

    def call(self, answer: Answer, number: int) -> dict[str, Any]:
        """One tool call, whole."""
        function = {"name": answer.calls[number].name, "arguments": arguments(answer.calls[number])}
        return {"id": self.call_id(answer, number), "type": "function", "function": function}

    def call_id(self, answer: Answer, number: int) -> str:
        """The id of a tool call."""
        return f"call_{identifier(answer, number)}"

    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The chunks with the usage: it is in one more chunk, and null in all others."""
        return counted_beyond(uncounted(chunks), self.tokens(usage) if usage else None)

    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The usage with its details."""
        return {
            **totals(usage),
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, type_, code, words = self.errors[kind]
        return Failure(
            status, {"error": {"message": message or words, "type": type_, "param": None, "code": code}}
        )

    @override
    def tool_choice(self, request: Request) -> str:
        """A text, or an object that names a function."""
        choice = request.json().get("tool_choice", "")
        named = choice if isinstance(choice, str) else str(choice["function"]["name"])
        return self.tool_choices.get(named, named)

    @override
    def ends_answer(self, event: bytes) -> bool:
        return b'"finish_reason":"' in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return [self.call_id(answer, number) for number in range(len(answer.calls))]


def content_of(answer: Answer) -> str | None:
    """The text; beside calls an empty text is null."""
    return None if answer.calls and not answer.text else answer.text


def arguments(call: Call) -> str:
    """The arguments as JSON text; a call without arguments has an empty object."""
    return compact(call.arguments)


def indexed(message: dict[str, Any]) -> dict[str, Any]:
    """A message whose calls have an index, as they have in deltas."""
    for number, call in enumerate(message.get("tool_calls", ())):
        call["index"] = number
    return message


def totals(usage: Usage) -> dict[str, Any]:
    """The three counts that every server of chat completions sends."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def uncounted(chunks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Chunks whose usage is null."""
    return [{**chunk, "usage": None} for chunk in chunks]


def counted_beyond(chunks: list[dict[str, Any]], tokens: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Chunks with the usage, where there is one, in one more, which has no choice."""
    return [*chunks, {**chunks[-1], "choices": [], "usage": tokens}] if tokens else chunks


def counted_last(chunks: list[dict[str, Any]], tokens: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Chunks with the usage, where there is one, in the last of them."""
    *before, last = chunks
    return [*before, {**last, "usage": tokens} if tokens else last]


event = data_event
