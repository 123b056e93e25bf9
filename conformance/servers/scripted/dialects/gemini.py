"""Gemini's generateContent, as the Gemini API speaks it."""

from __future__ import annotations

import base64
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
    pieces,
)
from conformance.servers.scripted.dialects.encoded import decoded
from conformance.servers.scripted.dialects.gemini_errors import GEMINI, Words
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

CHOICES = {"AUTO": "auto", "ANY": "required", "NONE": "none"}
"""The suite's names for the modes of function calling."""

Part = dict[str, Any]


class Gemini(Dialect):
    """Gemini's generateContent: parts of text, thoughts and calls; the path asks for a stream."""

    path: ClassVar[str] = ":generateContent"
    stream_path: ClassVar[str] = ":streamGenerateContent"
    stream_type: ClassVar[str] = "text/event-stream"

    # It has no reason of its own for calls.
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "STOP",
        "length": "MAX_TOKENS",
        "tool_calls": "STOP",
        "content_filter": "SAFETY",
    }
    environment: ClassVar[tuple[str, ...]] = ("GEMINI", "GOOGLE")
    limit_fields: ClassVar[tuple[str, ...]] = ("maxOutputTokens", "max_output_tokens")
    stop_fields: ClassVar[tuple[str, ...]] = ("stopSequences", "stop_sequences")
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("responseId candidates[].content.parts[].functionCall.id"),
        request_ids=words(
            "contents[].parts[].functionCall.id contents[].parts[].functionResponse.id",
            "contents[].parts[].function_call.id contents[].parts[].function_response.id",
        ),
        free_text=words("text thoughtSignature thought_signature data message finishMessage"),
        presence_only=words("serviceTier logprobsResult citationMetadata groundingMetadata safetyRatings"),
        measured=words("createTime usageMetadata avgLogprobs"),
        omitted_zeros=words("cachedContentTokenCount cacheTokensDetails thoughtsTokenCount"),
        call_arguments=words("args"),
        call_indexes=words("index"),
    )

    errors: ClassVar[Mapping[ErrorKind, Words]] = GEMINI

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "x-goog-api-key", key

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        """One response with one candidate."""
        candidate = self.candidate(parts(answer), reason)
        note = {"finishMessage": "Model generated function call(s)."} if answer.calls else {}
        counts = self.tokens(usage, answer)
        return {
            "candidates": [{**candidate, **note}],
            "usageMetadata": counts,
            **self.envelope(answer, model),
        }

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """A response for every piece, all calls in one, and an empty last one with the finish reason."""
        ending = {"text": "", **({} if answer.calls else signature(answer))}
        whole = [*deltas(answer), ([ending], reason)]
        return [
            event(
                {
                    "candidates": [self.candidate(content, reason)],
                    **({"usageMetadata": self.tokens(usage, answer)} if usage else {}),
                    **self.envelope(answer, model),
                }
            )
            for content, reason in whole
        ]

    def candidate(self, content: list[Part], reason: str | None) -> dict[str, Any]:
        """A candidate; an empty one has no parts."""
        return {
            "content": {**({"parts": content} if content else {}), "role": "model"},
            **({"finishReason": reason} if reason else {}),
            "index": 0,
        }

    def envelope(self, answer: Answer, model: str) -> dict[str, Any]:
        """The fields that every body and every event of one answer share."""
        return {"modelVersion": model, "responseId": identifier(answer, 0)}

    def tokens(self, usage: Usage, answer: Answer) -> dict[str, Any]:
        """The usage; the candidates' tokens exclude the thoughts, the prompt's include the cached ones."""
        thoughts = usage.completion_tokens // 2 if answer.reasoning else 0
        cached = {
            "cachedContentTokenCount": usage.cached_tokens,
            "cacheTokensDetails": by_modality(usage.cached_tokens),
        }
        return {
            "promptTokenCount": usage.prompt_tokens,
            "candidatesTokenCount": usage.completion_tokens - thoughts,
            "totalTokenCount": usage.prompt_tokens + usage.completion_tokens,
            "promptTokensDetails": by_modality(usage.prompt_tokens),
            **(cached if usage.cached_tokens else {}),
            **({"thoughtsTokenCount": thoughts} if thoughts else {}),
        }

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """An object ``error`` with the status as number and name, and details where Google sends them."""
        status, name, words, details = self.errors[kind]
        error = {"code": status, "message": message or words, "status": name}
        return Failure(status, {"error": {**error, **({"details": details} if details else {})}})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        return event(self.error(kind, message).body)

    @override
    def prompt_of(self, request: Request) -> str:
        """The last text of the user; tool results are the user's too, but have no text."""
        parts = [content["parts"] for content in request.json()["contents"] if content["role"] == "user"]
        texts = [part["text"] for each in parts for part in each if "text" in part]
        if not texts:
            raise ValueError("no content of the user has text")
        return str(texts[-1])

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [
            function["name"]
            for tool in request.json().get("tools", [])
            for function in _field(tool, "functionDeclarations", "function_declarations") or []
        ]

    @override
    def tool_choice(self, request: Request) -> str:
        """A mode, or the one function that is allowed in the mode that demands one."""
        config = request.json().get("toolConfig", {}).get("functionCallingConfig", {})
        allowed = _field(config, "allowedFunctionNames", "allowed_function_names") or []
        mode = str(config.get("mode", ""))
        return str(allowed[0]) if len(allowed) == 1 else CHOICES.get(mode, mode)

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        """Images are parts with their type beside their data."""
        parts = [part for content in request.json()["contents"] for part in content["parts"]]
        data = [inline for part in parts if (inline := _field(part, "inlineData", "inline_data"))]
        return [(str(_field(one, "mimeType", "mime_type")), decoded(str(one["data"]))) for one in data]

    @override
    def ends_answer(self, event: bytes) -> bool:
        """A candidate with a finish reason."""
        return b'"finishReason":"' in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        """The signature of the thoughts; most calls have no id."""
        return list(signature(answer).values())


def parts(answer: Answer) -> list[Part]:
    """The parts of an answer: thoughts, text, calls; the signature stands on the first call, or the text."""
    content: list[Part] = []
    if answer.reasoning:
        content.append({"text": answer.reasoning, "thought": True})
    if answer.text:
        content.append({"text": answer.text, **({} if answer.calls else signature(answer))})
    return content + called(answer)


def deltas(answer: Answer) -> Iterator[tuple[list[Part], None]]:
    """The parts in pieces, each in an event of its own that has no finish reason; calls are never cut."""
    for piece in pieces(answer.reasoning):
        yield [{"text": piece, "thought": True}], None
    for piece in pieces(answer.text):
        yield [{"text": piece}], None
    if answer.calls:
        yield called(answer), None


def called(answer: Answer) -> list[Part]:
    """The calls; of several only the first is signed."""
    calls: list[Part] = [
        {"functionCall": {"name": call.name, "args": dict(call.arguments)}} for call in answer.calls
    ]
    return [{**call, **(signature(answer) if call is calls[0] else {})} for call in calls]


def signature(answer: Answer) -> dict[str, str]:
    """The signature of the thoughts behind an answer; it must come back on the same part."""
    if not (answer.calls or answer.reasoning):
        return {}
    return {"thoughtSignature": base64.b64encode(identifier(answer, 0).encode()).decode()}


def by_modality(count: int) -> list[dict[str, Any]]:
    """A count by modality: all of it is text."""
    return [{"modality": "TEXT", "tokenCount": count}]


def event(value: Mapping[str, Any]) -> bytes:
    """One server-sent event; Google ends its lines with CRLF."""
    return f"data: {compact(value)}\r\n\r\n".encode()


def _field(value: Mapping[str, Any], *names: str) -> Any:
    """The field by the first of its names that is there: Google accepts both spellings."""
    return next((value[name] for name in names if name in value), None)
