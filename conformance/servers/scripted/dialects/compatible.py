"""What many servers of chat completions share: fewer fields, and errors in a stream without a name."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from conformance.servers.scripted.dialects.dialect import ErrorKind, Usage
from conformance.servers.scripted.dialects.openai import OpenAI, counted_last, event, uncounted
from conformance.spec.dialogue import Answer


class Compatible(OpenAI):
    """Chat completions without fields that would be null, with the usage beside the finish reason."""

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {"index": 0, **content, "finish_reason": finish_reason}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        return {name: value for name, value in super().message(answer).items() if value is not None}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in the last chunk, and null in all others."""
        return counted_last(uncounted(chunks), self.tokens(usage) if usage else None)

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The event has no name."""
        return event(self.error(kind, message).body)
