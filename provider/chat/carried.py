"""Collects the fields that a provider sends beside an answer and wants back: signatures, thoughts and others.

Which fields a provider demands is not known beforehand, and it answers 400 where one is missing. So all are
carried but those that are read elsewhere and those that no provider takes in a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provider.json_values import items, mapping, mappings, with_whole_characters
from provider.response import CONTENT_PARTS

ITEMS = "output_items"
"""The field of a message with the items of the response that it was made of (``provider.chat.responses``)."""

_READ_ELSEWHERE = frozenset({"role", "content", "tool_calls", "thinking_blocks", "provider_specific_fields"})
_OUTPUT_ONLY = frozenset(
    {"refusal", "function_call", "audio", "images", "annotations", "citations", "context", "executed_tools"}
    | {"logprobs", "token_ids", "stop_reason", "parsed", "channel", "index", "name"}
)
_OF_A_CALL = frozenset({"id", "index", "type", "function", "name", "arguments"})
_OF_A_FUNCTION = frozenset({"name", "arguments"})
_WHOLE = re.compile(r"id$|^id|_id_|type|format|signature|opaque|encrypted|status|phase")
"""The names of texts that come in one piece; a stream may repeat them."""
_GROWING = re.compile(r"reason|think|thought|text|content|summary|data")
"""The names of texts that come in pieces, of which one may be equal to the one before."""


class CarriedMessage:
    """Collects the fields of a message, or of the deltas of a stream, that must be sent back."""

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._parts: list[Any] | None = None

    def add(self, delta: Mapping[str, Any], text_before: str) -> None:
        """Take a message or a delta; ``text_before`` is the text that came before it."""
        self._fields = merged(self._fields, _others(delta, _READ_ELSEWHERE | _OUTPUT_ONLY))
        content = delta.get("content")
        if self._parts is None and isinstance(content, list):
            self._parts = [_text_part(text_before)] if text_before else []
        if self._parts is not None and content:
            parts = [_text_part(part) if isinstance(part, str) else part for part in items(content)]
            self._parts = merged(self._parts, mappings(parts))

    def fields(self) -> dict[str, Any]:
        """The fields, with the parts of the content where these hold more than the text."""
        has_more = any(part.keys() - {"type", "text"} for part in self._parts or ())
        parts = {CONTENT_PARTS: self._parts} if has_more else {}
        fields: dict[str, Any] = with_whole_characters({**self._fields, **parts})
        return fields


def call_fields(call: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a call, or of a fragment of one, that must be sent back, and those of its function."""
    function = _others(mapping(call.get("function")), _OF_A_FUNCTION)
    kind = call.get("type")  # Moonshot's own tools have another type than a function
    return {
        **({"type": kind} if kind not in (None, "", "function") else {}),
        **_others(call, _OF_A_CALL),
        **({"function": function} if function else {}),
    }


def merged(before: Any, later: Any, name: str = "", *, is_item: bool = False) -> Any:
    """Two pieces of a field of a stream as one: texts are joined, lists are extended, objects are merged.

    Args:
        before: what came before.
        later: what is added to it.
        name: the name of the field.
        is_item: whether both are of one item of a list, so that a signature may come in pieces, too.
    """
    if isinstance(before, str) and isinstance(later, str):
        return _joined(before, later, name, is_item=is_item)
    if isinstance(before, Mapping) and isinstance(later, Mapping):
        common = before.keys() & later.keys()
        both = {key: merged(before[key], later[key], key, is_item=is_item) for key in common}
        return {**before, **later, **both}
    if isinstance(before, list) and isinstance(later, list):
        joined = list(before)
        for item in later:
            place = _place_of(item, joined)
            if place is None:
                joined.append(item)
            else:
                joined[place] = merged(joined[place], item, is_item=True)
        return joined
    return before if later is None else later


def _joined(before: str, later: str, name: str, *, is_item: bool) -> str:
    if _WHOLE.search(name):
        in_pieces = is_item and "signature" in name and not later.startswith(before)
        return before + later if in_pieces else later
    return later if later == before and not _GROWING.search(name) else before + later


def _place_of(item: Any, before: list[Any]) -> int | None:
    """Where the item stands that ``item`` continues: of the same type, with the same index or the last."""
    if not isinstance(item, Mapping):
        return None
    if item.get("index") is None:
        return len(before) - 1 if before and _goes_on(mapping(before[-1]), item) else None
    key = (item["index"], item.get("type"))
    found = (number for number, each in enumerate(before) if isinstance(each, Mapping) and _key(each) == key)
    return next(found, None)


def _goes_on(last: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether an item without an index is the next piece of the text of the last one."""
    is_text = _GROWING.search(str(item.get("type"))) is not None and "data" not in item
    is_signed = any("signature" in name and value for name, value in last.items())
    same = all(last.get(name) == item.get(name) for name in ("type", "index", "id"))
    return is_text and same and not is_signed


def _key(item: Mapping[str, Any]) -> tuple[Any, Any]:
    return item.get("index"), item.get("type")


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _others(holder: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that are not ``known`` and not empty."""
    return {
        name: value for name, value in holder.items() if name not in known and value not in (None, "", [], {})
    }
