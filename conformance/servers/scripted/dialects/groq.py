"""Groq: OpenAI's chat completions with a field of its own, ``x_groq``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, compact, identifier
from conformance.servers.scripted.dialects.openai import OpenAI, totals
from conformance.spec.dialogue import Answer

REQUEST = {"id": "req_01khrzq88ceeg8s97kbq467yp9"}
"""The id of the request, which ``x_groq`` holds."""


class Groq(OpenAI):
    """Groq's chat completions: whole calls in one delta, and the usage beside the finish reason."""

    path: ClassVar[str] = "/openai/v1/chat/completions"
    base_path: ClassVar[str] = "/openai/v1"
    environment: ClassVar[tuple[str, ...]] = ("GROQ",)
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("x_groq.id"),
        free_text=words("reasoning failed_generation"),
        measured=words("usage_breakdown time_info"),
    )

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """With a fingerprint; a completion has the id of its request."""
        envelope = super().envelope(answer, kind, model) | {"system_fingerprint": "fp_96d96a151c"}
        if kind == "chat.completion":
            return envelope | {"service_tier": "on_demand", "x_groq": REQUEST}
        del envelope["service_tier"]
        return envelope

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """Fields that would be null are left out."""
        return {name: value for name, value in super().message(answer).items() if value is not None}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}

    @override
    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """A whole call in each delta."""
        for number in range(len(answer.calls)):
            yield {"tool_calls": [{**self.call(answer, number), "index": number}]}

    @override
    def thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text}

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        return f"fc_{UUID(identifier(answer, number).rjust(32, '0'))}"

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in the last chunk, twice; the first chunk has the id of the request."""
        first, *between, last = chunks
        tokens = {"usage": self.tokens(usage)} if usage else {}
        return [{**first, "x_groq": REQUEST}, *between, {**last, "x_groq": REQUEST | tokens, **tokens}]

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """Counts and seconds; cached tokens only where there are some."""
        cached = {"prompt_tokens_details": {"cached_tokens": usage.cached_tokens}}
        times = {"queue_time": 0.005, "prompt_time": 0.017, "completion_time": 0.379, "total_time": 0.396}
        details = {"completion_tokens_details": {"reasoning_tokens": 0}}
        return {**totals(usage), **times, **details, **(cached if usage.cached_tokens else {})}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """OpenAI's error, always with a code and without ``param``."""
        failure = super().error(kind, message)
        error = {name: value for name, value in failure.body["error"].items() if name != "param"}
        return Failure(failure.status, {"error": {**error, "code": error["code"] or error["type"]}})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The error has the status; no terminator follows it."""
        failure = self.error(kind, message)
        error = {**failure.body["error"], "failed_generation": "", "status_code": failure.status}
        return f"event: error\ndata: {compact({'error': error})}\n\n".encode()
