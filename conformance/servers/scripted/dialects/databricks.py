"""Databricks: OpenAI's chat completions, with the thoughts of Claude as a part of the content."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.compatible import Compatible
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import (
    CREATED,
    content_of,
    totals,
)
from conformance.spec.dialogue import Answer

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type."),
    "bad_request": (400, "BAD_REQUEST", 'Bad request: json: unknown field "moods"\n'),
    "content_filter": (
        400,
        "INPUT_GUARDRAIL_TRIGGERED",
        "The prompt was blocked by the input guardrail of the endpoint: violence.",
    ),
    "context_limit": (
        400,
        "BAD_REQUEST",
        "Bad request: prompt is too long: 213462 tokens > 200000 maximum\n",
    ),
    "not_found": (
        404,
        "RESOURCE_DOES_NOT_EXIST",
        "The given endpoint does not exist, please retry after checking the specified model and version"
        " deployment exists.",
    ),
    "overloaded": (503, "TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable."),
    "permission": (403, "PERMISSION_DENIED", "You do not have permission to query the endpoint tiny."),
    "quota": (403, "QUOTA_EXCEEDED", "The monthly budget of this workspace is spent."),
    # n8n-io/n8n#38642
    "rate_limit": (
        429,
        "REQUEST_LIMIT_EXCEEDED",
        "REQUEST_LIMIT_EXCEEDED: Exceeded workspace QPS rate limit for tiny. Please use a provisioned"
        " throughput Foundation Model APIs endpoint for a higher rate limit.",
    ),
    "server": (500, "INTERNAL_ERROR", "An internal error occurred."),
}
"""Status, code and message of every failure."""


class Databricks(Compatible):
    """Databricks' chat completions: the content is a list where there are thoughts.

    https://docs.databricks.com/en/machine-learning/model-serving/query-reason-models.html
    """

    path: ClassVar[str] = "/serving-endpoints/chat/completions"
    base_path: ClassVar[str] = "/serving-endpoints"
    environment: ClassVar[tuple[str, ...]] = ("DATABRICKS",)
    wire_format: ClassVar[WireFormat] = WireFormat(free_text=words("summary signature"))

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        about = {"id": f"msg_bdrk_{identifier(answer, 0)}", "object": kind, "created": CREATED}
        return {**about, "model": model}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """A list of parts where there are thoughts, which are signed."""
        message: dict[str, Any] = {"role": "assistant", "content": content_of(answer)}
        if answer.reasoning:
            [part] = self.thought(answer.reasoning)["content"]
            part["summary"][0]["signature"] = f"sig{identifier(answer, 0)}"
            message["content"] = [part, {"type": "text", "text": answer.text}]
        if answer.calls:
            message["tool_calls"] = [self.call(answer, number) for number in range(len(answer.calls))]
        return message

    @override
    def thought(self, text: str) -> dict[str, Any]:
        """A part of the content, whose text is called a summary."""
        return {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}]}

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        return f"toolu_bdrk_{identifier(answer, number)}"

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The counts; the cached tokens stand among the details."""
        return {**totals(usage), "prompt_tokens_details": {"cached_tokens": usage.cached_tokens}}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A code and a message, with nothing around them."""
        status, code, words = ERRORS[kind]
        return Failure(status, {"error_code": code, "message": message or words})
