"""Collects the fields that a provider sends beside an answer and wants back: signatures, thoughts and others.

Which fields a provider demands is not known beforehand, and it answers 400 where one is missing. So all are
carried but those that are read elsewhere and those that no provider takes in a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.json_values import mapping

ITEMS = "output_items"
"""The field of a message with the items of the response that it was made of (``provider.chat.responses``)."""

_READ_ELSEWHERE = frozenset({"role", "content", "tool_calls", "thinking_blocks", "provider_specific_fields"})
_OUTPUT_ONLY = frozenset(
    {"refusal", "function_call", "audio", "images", "annotations", "citations", "context", "executed_tools"}
    | {"logprobs", "token_ids", "stop_reason", "parsed", "channel", "index", "name"}
)
_OF_A_CALL = frozenset({"id", "index", "type", "function"})
_OF_A_FUNCTION = frozenset({"name", "arguments"})
_WHOLE = ("id", "type", "format", "signature", "opaque", "encrypted")
"""Parts of the names of texts that come in one piece; a stream may repeat them."""


def message_fields(message: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message, or of a delta, that must be sent back."""
    return _others(message, _READ_ELSEWHERE | _OUTPUT_ONLY)


def call_fields(call: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a call, or of a fragment of one, that must be sent back, and those of its function."""
    function = _others(mapping(call.get("function")), _OF_A_FUNCTION)
    return {**_others(call, _OF_A_CALL), **({"function": function} if function else {})}


def merged(before: Any, later: Any, name: str = "") -> Any:
    """Two pieces of a field of a stream as one: texts are joined, lists are extended, objects are merged."""
    if isinstance(before, str) and isinstance(later, str):
        return later if any(part in name for part in _WHOLE) else before + later
    if isinstance(before, Mapping) and isinstance(later, Mapping):
        both = {key: merged(before[key], later[key], key) for key in before.keys() & later.keys()}
        return {**before, **later, **both}
    if isinstance(before, list) and isinstance(later, list):
        items = list(before)
        for item in later:
            place = _place_of(item, items)
            if place is None:
                items.append(item)
            else:
                items[place] = merged(items[place], item)
        return items
    return before if later is None else later


def _place_of(item: Any, items: list[Any]) -> int | None:
    """Where the item stands that ``item`` continues: it has the same index and type."""
    if not isinstance(item, Mapping) or item.get("index") is None:
        return None
    key = (item["index"], item.get("type"))
    found = (number for number, each in enumerate(items) if isinstance(each, Mapping) and _key(each) == key)
    return next(found, None)


def _key(item: Mapping[str, Any]) -> tuple[Any, Any]:
    return item.get("index"), item.get("type")


def _others(holder: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that are not ``known`` and not empty."""
    return {
        name: value for name, value in holder.items() if name not in known and value not in (None, "", [], {})
    }
