"""Matchers: how the text of a real model is compared with the answer that a prompt forces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Matcher = Callable[[str], object]
"""Reduces a text to what its prompt forces: two texts are the same answer where the results are equal."""

_AROUND = " \t\r\n.,;:!?\"'`*“”«»"
"""Characters that may surround the words that were asked for."""


def exact_text(text: str) -> object:
    """The text without white space at its ends: some servers trim it, some add a line feed."""
    return text.strip()


def same_words(text: str) -> object:
    """The words in lower case, without quotes, emphasis or a full stop around them."""
    return " ".join(text.casefold().strip(_AROUND).split())


def same_numbers(text: str) -> object:
    """The whole numbers in their order, whatever stands between them: ``21``, ``21.`` or ``21°C``."""
    return [int(figures) for figures in re.findall(r"-?\d+", text.replace("\N{MINUS SIGN}", "-"))]


def same_json(text: str) -> object:
    """The JSON value, whatever its spaces and the order of its keys; the text itself where it is not JSON."""
    try:
        return canonical(json.loads(text))
    except ValueError:
        return text


def text_beside_calls(text: str) -> object:
    """An empty text: a model may announce a call. A brace or a tag stays, for it is a call that was lost."""
    return text if _holds_markup(text) else ""


def mentions(words: str) -> Matcher:
    """A matcher that demands these words beside a call, and allows others."""
    return lambda text: words if words.casefold() in text.casefold() and not _holds_markup(text) else text


def _holds_markup(text: str) -> bool:
    return re.search("[{<]", text) is not None


def canonical(value: Any, same: Mapping[str, str] | None = None) -> str:
    """A JSON value as canonical text: 36.0 equals 36, true differs from 1; ``same`` replaces whole texts."""
    return json.dumps(_plain(value, same or {}), sort_keys=True, ensure_ascii=False)


def _plain(value: Any, same: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _plain(item, same) for key, item in value.items()}
        case list():
            return [_plain(item, same) for item in value]
        case str():
            return same.get(value, value)
        case float() if value.is_integer():
            return int(value)
    return value
