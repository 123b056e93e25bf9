"""OpenAI's Responses, which Azure, LM Studio, vLLM, llama.cpp, Ollama and OpenRouter serve too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import (
    Dialect,
    ErrorKind,
    Failure,
    Usage,
    named_event,
)
from conformance.servers.scripted.dialects.messages import data_url
from conformance.servers.scripted.dialects.openai_errors import ERRORS
from conformance.servers.scripted.dialects.response_items import events_of, items_of, response
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer


class Responses(Dialect):
    """Responses: a list of items instead of a message, and a status instead of a finish reason."""

    path: ClassVar[str] = "/responses"
    base_path: ClassVar[str] = "/v1"
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "stop": "completed",
        "tool_calls": "completed",
        "length": "max_output_tokens",
    }
    environment: ClassVar[tuple[str, ...]] = ("OPENAI",)
    limit_fields: ClassVar[tuple[str, ...]] = ("max_output_tokens",)
    stop_fields: ClassVar[tuple[str, ...]] = ()
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words(
            "id output[].id output[].call_id item.id item.call_id item_id",
            "response.id response.output[].id response.output[].call_id",
        ),
        request_ids=words("input[].id input[].call_id previous_response_id"),
        free_text=words(
            "text refusal delta summary output_text encrypted_content message error obfuscation",
        ),
        presence_only=words("service_tier logprobs annotations"),
        measured=words("created_at completed_at sequence_number usage"),
        call_arguments=words("arguments"),
        call_indexes=words("output_index"),
    )

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        return response(items_of(answer), model, usage, reason)

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        return events_of(items_of(answer), model, usage, reason)

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, type_, code, text = ERRORS[kind]
        error = {"message": message or text, "type": type_, "param": None, "code": code}
        return Failure(status, {"error": error})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The response has failed; its error has a code, and no type."""
        _, type_, code, text = ERRORS[kind]
        error = {"code": code or type_, "message": message or text}
        failed = {**response([], reason="failed"), "error": error}
        return named_event("response.failed", response=failed, sequence_number=0)

    @override
    def prompt_of(self, request: Request) -> str:
        """The last text of the user; an input may also be one text."""
        asked = request.json()["input"]
        texts = [asked] if isinstance(asked, str) else [*_texts_of_user(asked)]
        return texts[-1]

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [tool["name"] for tool in request.json().get("tools", [])]

    @override
    def tool_choice(self, request: Request) -> str:
        """A text, or an object that names a function."""
        choice = request.json().get("tool_choice", "")
        return choice if isinstance(choice, str) else str(choice["name"])

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        contents = [item.get("content") for item in request.json()["input"]]
        parts = [part for content in contents if isinstance(content, list) for part in content]
        return [data_url(part["image_url"]) for part in parts if part["type"] == "input_image"]

    @override
    def ends_answer(self, event: bytes) -> bool:
        return event.startswith((b"event: response.completed", b"event: response.incomplete"))

    @override
    def opaque(self, answer: Answer) -> list[str]:
        """The ids of the calls; the id, the encrypted content and the summary of the reasoning."""
        found = []
        for item in items_of(answer):
            found += [item[name] for name in ("call_id", "encrypted_content") if name in item]
            if item["type"] == "reasoning":
                found += [item["id"], *(part["text"] for part in item["summary"])]
        return found


def _texts_of_user(items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The last text of each message of the user that has one."""
    for item in items:
        if item.get("role") == "user":
            content = item["content"]
            parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
            yield from [each["text"] for each in parts if each["type"] == "input_text"][-1:]
