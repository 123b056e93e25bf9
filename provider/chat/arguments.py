"""The arguments of a tool call, from the pieces in which servers send them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from provider.json_values import json_or, whole_characters

_BROKEN = object()

_NOTHING = r"""(?:\{\s*\}|\[\s*\]|null|None|"")"""
"""What servers send for arguments that are still to come, or have come already."""

_BEFORE = re.compile(rf"\A\s*(?:{_NOTHING}\s*)+(?=\{{)")
_SPACE = re.compile(r"\s*")
_ALONE = re.compile(rf"\s*{_NOTHING}?\s*")


def json_text(arguments: Any) -> str:
    """Arguments as JSON text; some servers send the object itself, and an empty one for none."""
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False) if arguments else ""


def is_whole(arguments: str) -> bool:
    """Whether arguments are complete."""
    return json_or(_BROKEN, arguments) is not _BROKEN


def is_object(arguments: str) -> bool:
    """Whether arguments are complete and no placeholder, so that nothing can follow."""
    value = json_or(None, arguments) if arguments.endswith("}") else None
    return isinstance(value, Mapping) and bool(value)


def same(pieces: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two calls have the same arguments."""
    one, other = json_or(_BROKEN, told_once(pieces)), json_or(None, told_once(others))
    return bool(one == other)


def told_once(pieces: Sequence[str]) -> str:
    """The arguments that the pieces are together, ``{}`` where there are none.

    Placeholders before and behind them are left out, and what has come before: some servers send in each
    piece all arguments so far, and some send them whole once more. What the model wrote wrongly stays.
    """
    joined = whole_characters("".join(pieces))
    if joined.strip() in ("", "null"):  # litellm turns null into "null"
        return "{}"
    if is_whole(joined):
        return joined
    told = [piece for piece in pieces if not _ALONE.fullmatch(piece)]
    if len(told) > 1 and all(later.startswith(before) for before, later in pairwise(told)):
        return whole_characters(told[-1])
    values = [value for value in _values(_BEFORE.sub("", joined)) if not _ALONE.fullmatch(value)]
    parsed = [json_or(_BROKEN, value) for value in values]
    is_repeated = bool(parsed) and all(each is not _BROKEN and each == parsed[0] for each in parsed)
    return values[0] if is_repeated else "".join(values)


def _values(joined: str) -> Iterator[str]:
    """The JSON values that stand behind one another in a text, and its rest, which may be none."""
    decoder, start = json.JSONDecoder(), 0
    while start < len(joined):
        begin = _SPACE.match(joined, start).end()  # type: ignore[union-attr]  # it matches anything
        try:
            _, end = decoder.raw_decode(joined, begin)
        except (ValueError, RecursionError):
            end = len(joined)
        yield joined[start:end]
        start = end
