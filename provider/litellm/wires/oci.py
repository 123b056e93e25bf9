"""Converts Oracle's chats in their generic form to chat completions; free of I/O.

litellm calls every other finish reason than three ``stop``, errors among them, refuses chunks with fields or
parts that it does not know, and drops the thoughts and the cached tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provider.chat.decoding import TRANSLATED, raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import malformed
from provider.json_values import first_mapping, mapping, mappings, text
from provider.litellm.wires.ending import total, usage


def completion(body: Any) -> dict[str, Any]:
    """The body of an answer as that of a chat completion.

    Raises:
        LLMProviderError: it is an error, or not an answer.
    """
    response = mapping(mapping(body).get("chatResponse"))
    if not response:
        raise_in_band_error(body)
    choice = first_mapping(response.get("choices"))
    if not mapping(choice.get("message")):
        raise malformed("the answer holds no message", body)
    calls = [_call(call) for call in mappings(choice["message"].get("toolCalls"))]
    return {
        "choices": [{"message": _message(choice["message"], calls), "finish_reason": _reason(choice)}],
        "usage": _usage(response),
        TRANSLATED: True,
    }


def chunks(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An event of a stream as a chunk of a chat completion."""
    message = mapping(event.get("message"))
    calls = [_call(call) for call in mappings(message.get("toolCalls"))]
    choice = {"delta": _message(message, calls), "finish_reason": _reason(event)}
    yield {"choices": [choice], "usage": _usage(event), TRANSLATED: True}


def _message(message: Mapping[str, Any], calls: list[dict[str, Any]]) -> dict[str, Any]:
    parts = mappings(message.get("content"))
    return {
        "content": "".join(text(part.get("text")) for part in parts),
        "reasoning_content": text(message.get("reasoningContent")),
        "tool_calls": calls,
    }


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call, or a fragment of one: of the fragments only the first has an id and a name."""
    function = {name: call[name] for name in ("name", "arguments") if name in call}
    return {"function": function, **({"id": call["id"]} if call.get("id") else {})}


def _reason(holder: Mapping[str, Any]) -> str | None:
    return contract_reason(holder.get("finishReason"))


def _usage(holder: Mapping[str, Any]) -> dict[str, Any]:
    counts = mapping(holder.get("usage"))
    cached = total(mapping(counts.get("promptTokensDetails")), "cachedTokens")
    return usage(total(counts, "promptTokens"), total(counts, "completionTokens"), cached)
