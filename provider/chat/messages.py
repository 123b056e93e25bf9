"""Checks the caller's messages and brings them into the one form that every server accepts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from provider.chat.call_ids import OPENAI, IdForm, fit_ids, ids_of
from provider.chat.content import text_of
from provider.errors import refused
from provider.json_values import json_or
from provider.response import CONTENT_PARTS, ORIGIN

ROLES = ("system", "developer", "user", "assistant", "tool")

_FIELDS = ("role", "content", "name", "tool_calls", "tool_call_id", "refusal")
"""The fields of a message that every provider knows."""

UNPARSED = "unparsed"
"""The field in which the arguments of a call are sent that are not a JSON object."""

PARTS = ("text", "image_url", "input_audio", "video_url", "file")
"""The types of content parts; a tool may return a list of objects that have other types."""


def normalised(
    messages: Any,
    empty_content: str | None,
    provider: str = "",
    id_form: IdForm = OPENAI,
    given_ids: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """A copy of ``messages`` that can be sent; the originals are not touched.

    Args:
        messages: the caller's messages.
        empty_content: the content to send for a message that only calls tools; most servers want null.
        provider: the receiver, by the name that its own answers have as ``ORIGIN``.
        id_form: the ids of calls that it accepts from others.
        given_ids: ids that it has given itself, which are sent unchanged.

    Raises:
        LLMProviderError: ``bad_request``, naming the message that cannot be sent.
    """
    if not isinstance(messages, Iterable) or isinstance(messages, str | bytes | Mapping):
        raise refused(f"messages must be a list of messages, not {type(messages).__name__}")
    messages = list(messages)
    checked = [_message(number, message, empty_content, provider) for number, message in enumerate(messages)]
    if not checked:
        raise refused("messages is empty: there is nothing to ask")
    own: set[Any] = set(given_ids)
    foreign: set[Any] = set()
    for message in messages:
        origin = message.get(ORIGIN)
        if origin is not None:
            (own if origin == provider else foreign).update(ids_of(message))
    fit_ids(checked, id_form, frozenset(own), frozenset(foreign))
    return checked


def _message(number: int, message: Any, empty_content: str | None, provider: str) -> dict[str, Any]:
    if not isinstance(message, Mapping):
        raise refused(f"messages[{number}] must be a mapping, not {type(message).__name__}")
    if message.get("role") not in ROLES:
        raise refused(f"messages[{number}] has the role {message.get('role')!r}; known: {', '.join(ROLES)}")
    copy: dict[str, Any] = json_copy(message, f"messages[{number}]")
    origin = copy.pop(ORIGIN, None)
    if origin not in (None, provider):
        copy = {name: value for name, value in copy.items() if name in _FIELDS}
    content, calls, parts = copy.get("content"), copy.pop("tool_calls", None), copy.pop(CONTENT_PARTS, None)
    if parts and content == text_of(parts):  # else the caller has changed the text
        content = parts
    if copy["role"] == "tool" and not isinstance(content, str | None) and not _is_parts(content):
        content = json.dumps(content, ensure_ascii=False)
    # Always present: vllm-project/vllm and SGLang refuse a message without content.
    copy["content"] = content or (empty_content if calls else "")
    if calls:  # OpenAI refuses an empty list
        place = f"messages[{number}].tool_calls"
        copy["tool_calls"] = _tool_calls(calls, place, is_own=origin == provider)
    return copy


def json_copy(value: Any, place: str) -> Any:
    """A copy of ``value`` made of JSON types only.

    Raises:
        LLMProviderError: ``bad_request``, naming the place of another type.
    """
    if isinstance(value, Mapping):
        return {str(name): json_copy(item, f"{place}.{name}") for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_copy(item, f"{place}[{number}]") for number, item in enumerate(value)]
    if value is None or isinstance(value, str | int | float):
        return value
    raise refused(f"{place} is of the type {type(value).__name__}, which JSON does not have")


def _tool_calls(calls: Any, place: str, *, is_own: bool) -> list[dict[str, Any]]:
    if not isinstance(calls, list):
        raise refused(f"{place} must be a list, not {type(calls).__name__}")
    return [_tool_call(call, f"{place}[{number}]", is_own=is_own) for number, call in enumerate(calls)]


def _tool_call(call: Any, place: str, *, is_own: bool) -> dict[str, Any]:
    """A call as it is sent; the flat form of ``LLMResponse.tool_calls`` is accepted as well.

    The further fields of a call are sent only where ``is_own``: the receiver has sent them.
    """
    function = call.get("function", call) if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        raise refused(f"{place} is not a tool call: it has no function")
    own = {"name": function.get("name"), "arguments": _as_object(function.get("arguments"))}
    if is_own and "function" in call:
        return {"type": "function", **call, "function": {**function, **own}}
    return {"id": call.get("id"), "type": "function", "function": own}


def _as_object(arguments: Any) -> str:
    """Arguments as the text of a JSON object, which servers parse to fill their templates.

    Anything else that the model wrote is sent unchanged inside one, so that it sees its mistake.
    """
    if arguments is None or (isinstance(arguments, str) and not arguments.strip()):
        return "{}"
    if isinstance(arguments, str) and isinstance(json_or(None, arguments), dict):
        return arguments
    return json.dumps(arguments if isinstance(arguments, dict) else {UNPARSED: arguments}, ensure_ascii=False)


def _is_parts(content: Any) -> bool:
    return (
        isinstance(content, list)
        and bool(content)
        and all(isinstance(part, Mapping) and part.get("type") in PARTS for part in content)
    )
