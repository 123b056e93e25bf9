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
