"""The differences between two JSON values, with their JSON paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

LIMIT = 100
"""Characters of a value in a message."""

ABSENT: Final = object()
"""Stands for a value that one side lacks."""

_LEAD = 20
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


@dataclass(frozen=True)
class Difference:
    """A difference between two values."""

    path: str
    left: Any
    right: Any

    def text(self, left: str, right: str) -> str:
        """The difference as a text: ``$.model: <left> "a", <right> "b"``."""
        shown_left, shown_right = cut(_words(self.left), _words(self.right))
        return f"{self.path}: {left} {shown_left}, {right} {shown_right}"


def canonical(value: Any) -> str:
    """A text that is equal for two JSON values exactly when they are equal in value and type."""
    return json.dumps(value, sort_keys=True)


def differences(left: Any, right: Any, path: str = "$") -> Iterator[Difference]:
    """Every difference; none exactly when the canonical texts are equal."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys((*left, *right)):
            yield from differences(left.get(key, ABSENT), right.get(key, ABSENT), path + _step(key))
    elif isinstance(left, list) and isinstance(right, list) and _nested(left, right):
        for index in range(max(len(left), len(right))):
            yield from differences(_item(left, index), _item(right, index), f"{path}[{index}]")
    elif left is ABSENT or right is ABSENT or canonical(left) != canonical(right):
        yield Difference(path, left, right)


def _nested(*lists: list[Any]) -> bool:
    # A list of plain values, such as `required`, is easiest read as a whole.
    return any(isinstance(item, dict | list) for each in lists for item in each)


def _item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _step(key: str) -> str:
    return f".{key}" if _NAME.fullmatch(key) else f"[{json.dumps(key)}]"


def cut(left: str, right: str) -> tuple[str, str]:
    """Two texts short enough for a message, each cut near the first difference."""
    start = 0
    if max(len(left), len(right)) > LIMIT:
        # Two long prompts that differ in their last word must not both show only their beginning.
        start = max(0, _common(left, right) - _LEAD)
    return _window(left, start), _window(right, start)


def _words(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def _common(left: str, right: str) -> int:
    pairs = zip(left, right, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _window(text: str, start: int) -> str:
    if len(text) <= LIMIT:
        return text
    start = min(start, len(text) - LIMIT)
    before = "…" if start else ""
    after = "…" if start + LIMIT < len(text) else ""
    return f"{before}{text[start : start + LIMIT]}{after}"
