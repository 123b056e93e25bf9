"""Oracle's Generative AI: chats in the generic form, which is that of all models but Cohere's.

https://docs.oracle.com/en-us/iaas/api/#/en/generative-ai-inference/latest/ChatResult/Chat
"""

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
from conformance.servers.scripted.dialects.messages import data_url
from conformance.servers.scripted.request import Request
from conformance.spec.dialogue import Answer

ERRORS: dict[ErrorKind, tuple[int, str, str]] = {
    "authentication": (
        401,
        "NotAuthenticated",
        "The required information to complete authentication was not provided or was incorrect.",
    ),
    "bad_request": (400, "InvalidParameter", "temperature must be between 0 and 2"),
    "content_filter": (400, "InvalidParameter", "Inappropriate content detected!!!"),
    "context_limit": (
        400,
        "InvalidParameter",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130012"
        " tokens. Please reduce the length of the messages.",
    ),
    "not_found": (404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."),
    "overloaded": (503, "ServiceUnavailable", "The service is currently unavailable."),
    "permission": (403, "NotAllowed", "You are not allowed to use this model."),
    "quota": (400, "QuotaExceeded", "This request exceeds the quota of your compartment."),
    "rate_limit": (429, "TooManyRequests", "Too many requests for the user."),
    "server": (500, "InternalServerError", "An internal server error occurred."),
}
"""Status, code and message of every failure: https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm"""


class OCI(Dialect):
    """Oracle's generic chats: camel case, and messages of typed parts; a request is signed with a key."""

    path: ClassVar[str] = "/20231130/actions/chat"
    environment: ClassVar[tuple[str, ...]] = ("OCI",)
    limit_fields: ClassVar[tuple[str, ...]] = ("maxTokens", "maxCompletionTokens")
    wire_format: ClassVar[WireFormat] = WireFormat(
        answer_ids=words(
            "chatResponse.choices[].message.toolCalls[].id message.toolCalls[].id",
        ),
        request_ids=words("chatRequest.messages[].toolCalls[].id chatRequest.messages[].toolCallId"),
        free_text=words("text arguments message reasoningContent"),
        measured=words("timeCreated usage"),
        call_arguments=words("arguments"),
    )

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "authorization", f'Signature version="1",keyId="tenancy/user/{key}"'

    @override
    def carries_key(self, headers: Mapping[str, str], key: str) -> bool:
        """Whether the one header with the key is the signature, which names it by its fingerprint."""
        carrying = [(name, value) for name, value in headers.items() if key in value]
        return [name for name, _ in carrying] == ["authorization"] and f'/{key}"' in carrying[0][1]

    @override
    def response_body(self, answer: Answer, model: str, usage: Usage, reason: str) -> dict[str, Any]:
        choice = {"index": 0, "message": message(answer), "finishReason": reason, "logprobs": {}}
        response = {"apiFormat": "GENERIC", "timeCreated": "2026-05-27T16:53:45.443Z", "choices": [choice]}
        return {
            "modelId": model,
            "modelVersion": "1.0.0",
            "chatResponse": {**response, "usage": tokens(usage)},
        }

    @override
    def stream_events(self, answer: Answer, model: str, usage: Usage | None, reason: str) -> list[bytes]:
        """Messages with a piece each; the last has the reason, and the usage; nothing follows it."""
        last = {"message": {"role": "ASSISTANT"}, "finishReason": reason}
        return [
            *(
                data_event({"index": 0, "message": {"role": "ASSISTANT", **delta}})
                for delta in deltas(answer)
            ),
            data_event({"index": 0, **last, **({"usage": tokens(usage)} if usage else {})}),
        ]

    @override
    def error(self, kind: ErrorKind, message: str | None = None) -> Failure:
        status, code, words = ERRORS[kind]
        return Failure(status, {"code": code, "message": message or words})

    @override
    def wants_stream(self, request: Request) -> bool:
        return chat(request).get("isStream") is True

    @override
    def prompt_of(self, request: Request) -> str:
        return str([part["text"] for part in said_by_user(request) if part["type"] == "TEXT"][-1])

    @override
    def tool_names(self, request: Request) -> list[str]:
        return [tool["name"] for tool in chat(request).get("tools", [])]

    @override
    def tool_choice(self, request: Request) -> str:
        choice = chat(request).get("toolChoice", {"type": ""})
        return str(choice.get("name") or choice["type"].lower())

    @override
    def images(self, request: Request) -> list[tuple[str, bytes]]:
        return [data_url(part["imageUrl"]["url"]) for part in said_by_user(request) if "imageUrl" in part]

    @override
    def ends_answer(self, event: bytes) -> bool:
        return b'"finishReason"' in event

    @override
    def opaque(self, answer: Answer) -> list[str]:
        return [call["id"] for call in calls(answer)]


def message(answer: Answer) -> dict[str, Any]:
    """The whole answer; without text it has no content."""
    parts = [{"type": "TEXT", "text": answer.text}] if answer.text else None
    thought = {"reasoningContent": answer.reasoning} if answer.reasoning else {}
    called = {"toolCalls": calls(answer)} if answer.calls else {}
    return {"role": "ASSISTANT", **({"content": parts} if parts else {}), **thought, **called}


def deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    """Thoughts, text, then the calls one after the other: the opening of each, then its arguments."""
    for piece in pieces(answer.reasoning):
        yield {"reasoningContent": piece}
    for piece in pieces(answer.text):
        yield {"content": [{"type": "TEXT", "text": piece}]}
    for call in calls(answer):
        yield {"toolCalls": [{**call, "arguments": ""}]}
        for piece in pieces(call["arguments"]):
            yield {"toolCalls": [{"type": "FUNCTION", "arguments": piece}]}


def calls(answer: Answer) -> list[dict[str, Any]]:
    """The calls, whole."""
    return [
        {
            "type": "FUNCTION",
            "id": f"chatcmpl-tool-{identifier(answer, number)}",
            "name": call.name,
            "arguments": compact(call.arguments),
        }
        for number, call in enumerate(answer.calls)
    ]


def tokens(usage: Usage) -> dict[str, Any]:
    """The usage with its details."""
    return {
        "promptTokens": usage.prompt_tokens,
        "completionTokens": usage.completion_tokens,
        "totalTokens": usage.prompt_tokens + usage.completion_tokens,
        "promptTokensDetails": {"cachedTokens": usage.cached_tokens},
        "completionTokensDetails": {"reasoningTokens": 0},
    }


def chat(request: Request) -> dict[str, Any]:
    """The chat beside which a request names the model."""
    asked: dict[str, Any] = request.json()["chatRequest"]
    return asked


def said_by_user(request: Request) -> list[dict[str, Any]]:
    """The content parts of all messages of the user."""
    messages = [message for message in chat(request)["messages"] if message["role"] == "USER"]
    return [part for message in messages for part in message["content"]]
