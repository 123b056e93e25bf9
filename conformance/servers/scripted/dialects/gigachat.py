"""Sber's GigaChat: chat completions with one function call a message, for a token that a login grants.

https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-chat
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import override

from conformance.recording.wire_format import WireFormat, words
from conformance.servers.scripted.dialects.dialect import ErrorKind, Failure, Usage, identifier
from conformance.servers.scripted.dialects.openai import CREATED, OpenAI
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Script, reply
from conformance.spec.dialogue import Answer

LOGIN_PATH = "/api/v2/oauth"

ERRORS: dict[ErrorKind, tuple[int, str]] = {
    "authentication": (401, "Token has expired"),
    "bad_request": (422, "Invalid params: temperature must be greater than 0"),
    # GigaChat answers a forbidden prompt itself, by a finish reason: this stands for a proxy before it.
    "content_filter": (400, "The prompt was rejected by the content filter"),
    "context_limit": (422, "Prompt tokens 40012 exceed the maximum context length of 32768 tokens"),
    "not_found": (404, "No such model"),
    "overloaded": (503, "Service Unavailable"),
    "permission": (403, "Permission denied"),
    "quota": (402, "Payment Required"),
    "rate_limit": (429, "Too many requests"),
    "server": (500, "Internal Server Error"),
}
"""Status and message of every failure."""


class GigaChat(OpenAI):
    """GigaChat: arguments are an object, a call has no id but a state, cached tokens are counted apart."""

    base_path: ClassVar[str] = "/api/v1"
    environment: ClassVar[tuple[str, ...]] = ("GIGACHAT",)
    finish_reasons: ClassVar[Mapping[str, str]] = {
        "tool_calls": "function_call",
        "content_filter": "blacklist",
    }
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words("choices[].message.functions_state_id choices[].delta.functions_state_id"),
        request_ids=words("messages[].functions_state_id"),
    )

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        """The token that a login with this key grants."""
        return "authorization", f"Bearer {access_token(key)}"

    @override
    def with_other_paths(self, handler: Handler) -> Handler:
        """Logins are granted; all others are the model's."""
        elsewhere = super().with_other_paths(handler)

        def answer(request: Request) -> Script:
            return granted(request) if request.path == LOGIN_PATH else elsewhere(request)

        return answer

    @override
    def envelope(self, answer: Answer, kind: str, model: str) -> dict[str, Any]:
        """No id, and the same kind for a chunk."""
        return {"object": "chat.completion", "created": CREATED, "model": model}

    @override
    def choice(self, content: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {"index": 0, **content, **({"finish_reason": finish_reason} if finish_reason else {})}

    @override
    def message(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": answer.text, **self.last_delta(answer)}

    @override
    def first_delta(self, answer: Answer) -> dict[str, Any]:
        return {"role": "assistant", "content": ""}

    @override
    def call_deltas(self, answer: Answer) -> Iterator[dict[str, Any]]:
        """The last delta has the call."""
        yield from ()

    @override
    def last_delta(self, answer: Answer) -> dict[str, Any]:
        """The first call, whole: a message has no others."""
        if not answer.calls:
            return {}
        call = answer.calls[0]
        function = {"name": call.name, "arguments": dict(call.arguments)}
        return {"function_call": function, "functions_state_id": state_id(answer)}

    @override
    def counted(self, chunks: list[dict[str, Any]], usage: Usage | None) -> list[dict[str, Any]]:
        """The usage is in the last chunk."""
        *before, last = chunks
        return [*before, {**last, "usage": self.tokens(usage)} if usage else last]

    @override
    def tokens(self, usage: Usage) -> dict[str, Any]:
        """The prompt's tokens do not include the cached ones, nor does the total."""
        prompt = usage.prompt_tokens - usage.cached_tokens
        return {
            "prompt_tokens": prompt,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": prompt + usage.completion_tokens,
            "precached_prompt_tokens": usage.cached_tokens,
        }

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, words = ERRORS[kind]
        return Failure(status, {"status": status, "message": message or words})

    @override
    def conversation(self, request: Request) -> Any:
        """With the results of functions, which must be JSON, as texts."""
        results = [each for each in request.json()["messages"] if each["role"] == "function"]
        return [request.json(), [str(json.loads(each["content"])) for each in results]]

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [function["name"] for function in request.json().get("functions", [])]

    @override
    def tool_choice(self, request: Request) -> str:
        """A text, or a name; to demand the only function is to demand any."""
        choice = request.json().get("function_call", "")
        if isinstance(choice, str):
            return choice
        return "required" if self.tool_names(request) == [choice["name"]] else str(choice["name"])

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return [state_id(answer)] if answer.calls else []


def state_id(answer: Answer) -> str:
    """What the provider calls the state of its function calls."""
    return f"state-{identifier(answer, 0)}"


def access_token(key: str) -> str:
    """The token that is granted for ``key``, in which the key can be recognised."""
    return f"jwt.{key}"


def granted(request: Request) -> Script:
    """The token for the key of a login; it has expired at once, so that nobody keeps it."""
    key = request.headers["authorization"].removeprefix("Basic ")
    return reply({"access_token": access_token(key), "expires_at": 0})
