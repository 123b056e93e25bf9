"""IBM watsonx.ai: OpenAI's chat completions at paths of its own, with a list of errors."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.compatible import Compatible
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, compact, identifier
from conformance.servers.scripted.dialects.openai import CREATED, counted_beyond, totals
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (
        401,
        "authentication_token_not_valid",
        "Failed to authenticate the request due to invalid token: Failed to parse and verify token",
    ),
    "bad_request": (400, "invalid_input_argument", "Json document validation error: 'top_p' must be <= 1"),
    "content_filter": (400, "content_filter", "The prompt was blocked by the moderation of the space."),
    "context_limit": (
        400,
        "invalid_input_argument",
        "Invalid input argument for Model 'tiny': the number of input tokens 9001 cannot exceed the total"
        " tokens limit 8192 for this model",
    ),
    "not_found": (404, "model_not_supported", "Model 'tiny' is not supported for this environment"),
    "overloaded": (503, "model_unavailable", "The model is temporarily unavailable. Please try again later."),
    "permission": (403, "user_not_member", "The user is not a member of the project"),
    "quota": (403, "token_quota_reached", "This request exceeds the monthly token usage of your plan"),
    "rate_limit": (429, "rate_limit_reached_requests", "Requests rate limit reached for this plan"),
    "server": (500, "downstream_request_failed", "Downstream vllm request failed: Internal error"),
}
"""Status, code and message of every failure."""


class Watsonx(Compatible):
    """watsonx' chat: a stream has a path of its own, numbered events, and no ``[DONE]``.

    https://cloud.ibm.com/apidocs/watsonx-ai#text-chat
    """

    path: ClassVar[str] = "/ml/v1/text/chat"
    stream_path: ClassVar[str] = "/ml/v1/text/chat_stream"
    base_path: ClassVar[str] = ""
    environment: ClassVar[tuple[str, ...]] = ("WATSONX", "WX_")
    tells_cached_tokens: ClassVar[bool] = False
    wire_format: ClassVar[WireFormat] = WireFormat(
        free_text=words("errors warnings"), measured=words("created_at model_version trace")
    )

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """With the name of the model, twice."""
        about = {"id": f"chatcmpl-{identifier(answer, 0)}", "object": kind, "model_id": model, "model": model}
        times = {"created": CREATED, "created_at": "2025-06-15T15:06:40.000Z"}
        return {**about, **times, "model_version": "4.0.0"}

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        return f"chatcmpl-tool-{identifier(answer, number)}"

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Each event is numbered; the last is empty, and says that the stream is closed."""
        *events, _ = super().stream_events(answer, model, usage, reason)
        numbered = [b"id: %d\nevent: message\n%s" % (number, each) for number, each in enumerate(events, 1)]
        return [*numbered, b"id: %d\nevent: close\ndata: {}\n\n" % (len(events) + 1)]

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in one more chunk; no other has the field."""
        return counted_beyond(chunks, self.tokens(usage) if usage else None)

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        return totals(usage)

    @override
    def tool_choice(self, request: Request) -> str:
        """A choice without a name has a field of its own."""
        return str(request.json().get("tool_choice_option") or super().tool_choice(request))

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """A list of one error, with the status beside it."""
        status, code, words = ERRORS[kind]
        error = {
            "code": code,
            "message": message or words,
            "more_info": "https://cloud.ibm.com/apidocs/watsonx-ai",
        }
        return Failure(status, {"errors": [error], "trace": "0" * 32, "status_code": status})

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        return f"id: 7\nevent: error\ndata: {compact(self.error(kind, message).body)}\n\n".encode()
