"""LM Studio: OpenAI's chat completions, with models that are loaded and unloaded beside them."""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat
from conformance.servers.scripted.dialects.dialect import (
    USAGE,
    ErrorKind,
    Failure,
    Usage,
    compact,
    identifier,
)
from conformance.servers.scripted.dialects.openai import CREATED, OpenAI, totals
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.lmstudio_server import (
    CHAT,
    NO_TOKEN,
    Level,
    LMStudioServer,
    error,
    native,
    string,
)
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script, reply
from conformance.spec.dialogue import Answer, text

OVERFLOW = (
    "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>="
    " n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input."
)
CRASH = "The model has crashed without additional information. (Exit code: null)"

FAILURES: dict[ErrorKind, tuple[int, dict[str, Any]]] = {
    "authentication": (401, native(NO_TOKEN, "invalid_api_key")),
    "bad_request": (400, string("'messages' field is required")),
    "context_limit": (400, string(OVERFLOW)),
    "not_found": (
        400,
        error('Invalid model identifier "tiny". Please specify a valid downloaded model.', "model_not_found"),
    ),
    "server": (400, string(CRASH)),
}
"""Status and body of its own failures; others come from a proxy in front of it, with OpenAI's bodies."""


class LMStudio(OpenAI):
    """LM Studio's chat completions: fields without a value are there and empty.

    Args:
        level: the newest API for its models that it has.
    """

    path: ClassVar[str] = CHAT
    base_path: ClassVar[str] = ""
    environment: ClassVar[tuple[str, ...]] = ("LM", "LMSTUDIO")
    wire_format: ClassVar[WireFormat] = WireFormat()

    def __init__(self, level: Level) -> None:
        self.level = level

    @override
    def with_other_paths(self, handler: Handler) -> Handler:
        """``handler`` for requests that ask for an answer, and a server of this level for all others."""
        return handler if isinstance(handler, LMStudioServer) else self.server(chat=lambda _: handler)

    def server(self, answer: Answer = text.GREETING.answer, **what: Any) -> LMStudioServer:
        """A server of this level whose models all give ``answer``; ``what`` sets further attributes."""
        return LMStudioServer(
            **{"chat": lambda model: self.answering_as(model, answer), "level": self.level, **what}
        )

    def answering_as(self, model: str, answer: Answer) -> Handler:
        """``answer``, given by ``model``."""
        return lambda request: self.script(request, answer, model=model)

    @override
    def script(
        self,
        request: Request,
        answer: Answer,
        *,
        finish_reason: str | None = None,
        usage: Usage = USAGE,
        model: str = "tiny",
    ) -> Script:
        """A stream has the usage only where it was asked for (#676)."""
        if not self.wants_stream(request):
            return reply(self.completion(answer, model=model, usage=usage, finish_reason=finish_reason))
        options = request.json().get("stream_options") or {}
        asked = usage if options.get("include_usage") else None
        return self.streamed(self.events(answer, model=model, usage=asked, finish_reason=finish_reason))

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """The fingerprint is the model; a completion has a field for statistics."""
        about = {"object": kind, "created": CREATED, "model": model, "system_fingerprint": model}
        statistics: dict[str, Any] = {"stats": {}} if kind == "chat.completion" else {}
        return {"id": f"chatcmpl-{identifier(answer, 0)}", **about, **statistics}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        """Reasoning and calls are fields also where there are none (#1318)."""
        calls = [self.call(answer, number) for number in range(len(answer.calls))]
        thought = self.thought(answer.reasoning)
        return {"role": "assistant", "content": answer.text, **thought, "tool_calls": calls}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}

    @override
    def call_id(self, answer: Answer, number: int) -> str:
        """The id has digits alone."""
        return str(int(identifier(answer, number)[:8], 16) * 10 + number)

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in one more chunk; no other chunk has the field."""
        return [*chunks, *([{**chunks[-1], "choices": [], "usage": self.tokens(usage)}] if usage else [])]

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The counts; cached tokens only where there are some."""
        cached = {"prompt_tokens_details": {"cached_tokens": usage.cached_tokens}}
        details = {"completion_tokens_details": {"reasoning_tokens": 0}}
        return {**totals(usage), **details, **(cached if usage.cached_tokens else {})}

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        """``error`` is an object, or as often a text."""
        if kind not in FAILURES:
            return super().error(kind, message)
        status, body = FAILURES[kind]
        if message is None:
            return Failure(status, body)
        error = body["error"]
        return Failure(
            status, {"error": message if isinstance(error, str) else {**error, "message": message}}
        )

    @override
    def error_event(self, kind: ErrorKind, message: str | None = None) -> bytes:
        """The message stands there twice, and no terminator follows it (#2322)."""
        own = self.error(kind, message).body["error"]
        words = own if isinstance(own, str) else own["message"]
        return f"event: error\ndata: {compact({'error': {'message': words}, 'message': words})}\n\n".encode()
