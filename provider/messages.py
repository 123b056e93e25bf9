"""The caller's messages, checked and put into the one shape that every server takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from provider.errors import ErrorKind, LLMProviderError

ROLES = ("system", "developer", "user", "assistant", "tool")


def normalised(messages: Any, no_text: str | None) -> list[dict[str, Any]]:
    """A copy of ``messages`` that can be sent; the originals are not touched.

    Args:
        messages: the caller's messages.
        no_text: what stands in the content of a message that only calls tools: null at most servers.

    Raises:
        LLMProviderError: ``bad_request``, naming the message that cannot be sent.
    """
    if not isinstance(messages, Iterable) or isinstance(messages, str | bytes | Mapping):
        raise refused(f"messages must be a list of messages, not {type(messages).__name__}")
    checked = [_message(number, message, no_text) for number, message in enumerate(messages)]
    if not checked:
        raise refused("messages is empty: there is nothing to ask")
    return checked


def refused(why: str) -> LLMProviderError:
    """The failure of a request that is not worth sending."""
    return LLMProviderError(why, kind=ErrorKind.BAD_REQUEST)


def _message(number: int, message: Any, no_text: str | None) -> dict[str, Any]:
    if not isinstance(message, Mapping):
        raise refused(f"messages[{number}] must be a mapping, not {type(message).__name__}")
    if message.get("role") not in ROLES:
        raise refused(f"messages[{number}] has the role {message.get('role')!r}; known: {', '.join(ROLES)}")
    copy = dict(message)
    # Never missing: vllm-project/vllm and SGLang refuse a message without it.
    copy["content"] = copy.get("content") or (no_text if copy.get("tool_calls") else "")
    if copy["role"] == "tool" and not isinstance(copy["content"], str) and not _is_parts(copy["content"]):
        copy["content"] = json.dumps(copy["content"], ensure_ascii=False)
    if not copy.get("tool_calls"):
        copy.pop("tool_calls", None)  # OpenAI refuses an empty list
    else:
        copy["tool_calls"] = [_tool_call(call) for call in copy["tool_calls"]]
    return copy


def _tool_call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call in the wire's shape; the flat one of ``LLMResponse.tool_calls`` is taken as well."""
    function = call.get("function", call)
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments if arguments is not None else {}, ensure_ascii=False)
    return {
        "id": call.get("id"),
        "type": "function",
        "function": {"name": function.get("name"), "arguments": arguments or "{}"},
    }


def _is_parts(content: Any) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(part, Mapping) and "type" in part for part in content)
    )
