"""Ollama's own API: chat, with messages like OpenAI's, and generate, with a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
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
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

Calls = Sequence[Mapping[str, Any]]

CREATED = "2026-01-01T00:00:00.000000Z"

ERRORS: dict[ErrorKind, tuple[int, str]] = {
    # Of a local server there is no key: a hosted model has one.
    "authentication": (401, "unauthorized"),
    "bad_request": (400, 'option "num_predict" must be of type integer'),
    # Ollama filters nothing: this stands for a proxy that does it before Ollama.
    "content_filter": (400, "the prompt was blocked by the content filter"),
    "context_limit": (400, "the input length exceeds the context length"),
    "not_found": (404, 'model "tiny" not found, try pulling it first'),
    "overloaded": (503, "server busy, please try again.  maximum pending requests exceeded"),
    "permission": (403, "this model requires a subscription, upgrade for access: https://ollama.com/upgrade"),
    "quota": (402, "you've run out of credits"),
    "rate_limit": (429, "too many requests"),
    "server": (500, "llama runner process has terminated: exit status 2"),
}
"""Status and message of every failure."""


class Ollama(Dialect):
    """A line of JSON an event; the counts and the reason are in the last.

    https://github.com/ollama/ollama/blob/main/docs/api.md
    """

    path: ClassVar[str] = "/api/chat"
    stream_type: ClassVar[str] = "application/x-ndjson"
    finish_reasons: ClassVar[Mapping[str, str]] = {"tool_calls": "stop"}
    environment: ClassVar[tuple[str, ...]] = ("OLLAMA",)
    limit_fields: ClassVar[tuple[str, ...]] = ("num_predict",)
    tells_cached_tokens: ClassVar[bool] = False
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("message.tool_calls[].id"),
        request_ids=words("messages[].tool_calls[].id messages[].tool_call_id"),
        free_text=words("content thinking response error context"),
        measured=words(
            "created_at total_duration load_duration prompt_eval_count prompt_eval_duration eval_count",
            "eval_duration",
        ),
        call_arguments=words("arguments"),
        call_indexes=words("index"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        whole = self.said(answer.text, thought=answer.reasoning, calls=calls(answer))
        return {**envelope(model), **whole, **self.ended(reason, usage)}

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Thoughts, text, each call whole in a line of its own, and the end."""
        said = [
            *(self.said("", thought=piece) for piece in pieces(answer.reasoning)),
            *(self.said(piece) for piece in pieces(answer.text)),
            *(self.said("", calls=[call]) for call in calls(answer)),
        ]
        lines = [{**envelope(model), **each, "done": False} for each in said]
        return [
            line(each) for each in [*lines, {**envelope(model), **self.said(""), **self.ended(reason, usage)}]
        ]

    def said(self, text: str, *, thought: str = "", calls: Calls = ()) -> dict[str, Any]:
        """What a body or a line holds of an answer."""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        thinking = {"thinking": thought} if thought else {}
        return {"message": {**message, **thinking, **({"tool_calls": list(calls)} if calls else {})}}

    def ended(self, reason: str, usage: Usage | None) -> dict[str, Any]:
        """The fields of the last line; times are nanoseconds. Cached tokens are not told."""
        counts = {}
        if usage:
            counts = {"prompt_eval_count": usage.prompt_tokens, "eval_count": usage.completion_tokens}
        times = {"total_duration": 3_722_518_334, "load_duration": 1_534_053_125}
        spent = {"prompt_eval_duration": 179_676_000, "eval_duration": 2_006_086_000}
        return {"done_reason": reason, "done": True, **times, **counts, **spent}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, words = ERRORS[kind]
        return Failure(status, {"error": message or words})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """A line of its own; the status is lost."""
        return line(self.error(kind, message).body)

    @override
    def tool_choice(self, request: Request) -> str:
        """There is none, but tools may be left out."""
        return "auto" if request.json().get("tools") else "none"

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        """The images of messages, which have no types."""
        return typed(image for message in request.json()["messages"] for image in message.get("images") or ())

    @override
    def ends_answer(self, event: bytes) -> bool:
        return b'"done":true' in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return [call["id"] for call in calls(answer)]


class OllamaGenerate(Ollama):
    """A prompt instead of messages: an answer is a text, and calls no tools."""

    path: ClassVar[str] = "/api/generate"

    @override
    def said(self, text: str, *, thought: str = "", calls: Calls = ()) -> dict[str, Any]:
        return {"response": text, **({"thinking": thought} if thought else {})}

    @override
    def ended(self, reason: str, usage: Usage | None) -> dict[str, Any]:
        """With the tokens of the conversation, for the next prompt."""
        return {**super().ended(reason, usage), "context": [128006, 882, 128007]}

    @override
    def prompt_of(self, request: Request) -> str:
        return [text for role, text in turns(request) if role == "User"][-1]

    @override
    def conversation(self, request: Request) -> Any:
        return {**request.json(), "prompt": [text for _, text in turns(request)]}

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        return typed(request.json().get("images") or ())

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return []


def turns(request: Request) -> list[tuple[str, str]]:
    """The roles and the texts of a prompt, in which litellm titles each."""
    _, *parts = re.split(r"^### (User|System|Assistant):\n", request.json()["prompt"], flags=re.MULTILINE)
    return [(role, text.removesuffix("\n\n")) for role, text in zip(parts[::2], parts[1::2], strict=True)]


def envelope(model: str) -> dict[str, Any]:
    """The fields that every line of an answer has."""
    return {"model": model, "created_at": CREATED}


def calls(answer: Answer) -> list[dict[str, Any]]:
    """The calls, whose arguments are objects."""
    return [
        {
            "id": f"call_{identifier(answer, number)[-20:]}",
            "function": {"index": number, "name": call.name, "arguments": call.arguments},
        }
        for number, call in enumerate(answer.calls)
    ]


def line(fields: Mapping[str, Any]) -> bytes:
    """One line of a stream."""
    return f"{compact(fields)}\n".encode()


def typed(images: Iterable[str]) -> list[tuple[str, bytes]]:
    """Images in base64, with the types that their bytes show."""
    import filetype  # not at the top: only Ollama's own images are looked into

    found = [decoded(image) for image in images]
    return [(filetype.guess_mime(data) or "", data) for data in found]
