"""Reads the text, the reasoning and the calls of a message or of a delta, in whatever form they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider.chat.carried import ITEMS
from provider.json_values import items, mapping, mappings, text

_THOUGHTS = (
    *("reasoning_content", "reasoning", "reasoning_text", "thinking", "thought"),
    *("reasoning_details", "thinking_blocks"),
)
"""The fields that hold reasoning; a server that fills several says the same in each."""

_THINKING = frozenset({"thinking", "reasoning", "thought"})
_TEXTS = frozenset({"text", "output_text"})
"""The types of the parts of a content that are read."""

_STATE = re.compile(r"reason|think|thought|signature|encrypted|extra_content|provider_specific")
_SILENT = frozenset({"role", "annotations", "tool_calls", "index", "name", "id", ITEMS})
"""Fields that may stand in a message that is really empty."""


def text_of(content: Any) -> str:
    """The text of a content field: a string, null, a part, or a list of parts of which only text counts."""
    return content if isinstance(content, str) else "".join(map(_text_of_part, items(content)))


def content_of(message: Mapping[str, Any]) -> str:
    """The text of a message or a delta, or of its refusal."""
    return text_of(message.get("content")) or text_of(message.get("refusal"))


def reasoning_of(message: Mapping[str, Any]) -> str:
    """The reasoning in the first field that holds any, or in parts of the content."""
    parts = [part for part in mappings(message.get("content")) if part.get("type") in _THINKING]
    for value in (*map(message.get, _THOUGHTS), parts):
        if value and (thought := _thought(value, 6)):
            return thought
    return ""


def calls_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The calls of a message or a delta; older servers send one call as ``function_call``."""
    function = mapping(message.get("function_call"))
    calls = mappings(items(message.get("tool_calls")))
    return calls or ([{"index": 0, "function": function}] if function else [])


def has_unread(message: Mapping[str, Any]) -> bool:
    """Whether a message or a delta without text and calls holds something else, such as audio."""
    unread = [part for part in items(message.get("content")) if _is_unread(part)]
    fields = {
        name: value for name, value in message.items() if name not in _SILENT and not _STATE.search(name)
    }
    return _says_something({**fields, "content": unread})


def _says_something(value: Any) -> bool:
    """Whether a value is more than the empty value of its type, at any depth: Snowflake sends every field."""
    if isinstance(value, Mapping):
        return any(map(_says_something, value.values()))
    return any(map(_says_something, value)) if isinstance(value, list) else bool(value)


def _text_of_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    fields = mapping(part)
    if fields.get("type", "text") not in _TEXTS:
        return ""
    written = fields.get("text")
    return text(written) or text(mapping(written).get("value")) or text(fields.get("content"))


def _is_unread(part: Any) -> bool:
    if isinstance(part, Mapping):
        return bool(part) and part.get("type", "") not in _THINKING | _TEXTS
    return not isinstance(part, str) and bool(part)


def _thought(value: Any, depth: int) -> str:
    """The reasoning in a text, in an object, or in a list of either."""
    if isinstance(value, str) or depth == 0:
        return text(value)
    if isinstance(value, Mapping):
        fields = (value.get(name) for name in ("text", "thinking", "reasoning", "summary", "content"))
        return next(filter(None, (_thought(field, depth - 1) for field in fields)), "")
    return "".join(_thought(each, depth - 1) for each in items(value) if isinstance(each, Mapping | str))
