"""Helpers for parsed JSON of unknown form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_or(default: Any, received: str | bytes) -> Any:
    """``received`` as JSON, ``default`` where it is something else."""
    try:
        return json.loads(received)
    except (ValueError, RecursionError):
        return default


def text(value: Any) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in ``value`` if it is a list, else none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def first_mapping(value: Any) -> Mapping[str, Any]:
    """The first item of ``value`` if it is a list that begins with a mapping, else an empty one."""
    return mapping(value[0]) if isinstance(value, list) and value else {}


def integer(value: Any) -> int | None:
    """``value`` if it is an integer, or a float or a text that is one; else None."""
    if isinstance(value, str) and len(value) < 20 and value.strip().isdecimal():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def items(value: Any) -> list[Any]:
    """``value`` if it is a list, else a list of it alone; none for null."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def whole_characters(text: str) -> str:
    """``text`` with the halves of its characters joined; JSON escapes those beyond U+FFFF as two surrogates.

    A half without its other becomes U+FFFD, as it cannot be encoded.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def with_whole_characters(value: Any) -> Any:
    """``value`` with ``whole_characters`` in all its texts and names."""
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, Mapping):
        return {whole_characters(str(name)): with_whole_characters(inner) for name, inner in value.items()}
    return [with_whole_characters(item) for item in value] if isinstance(value, list) else value
