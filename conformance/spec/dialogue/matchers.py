"""How a real model is held to an answer: what the prompt forces is demanded, the rest is the model's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Matcher = Callable[[str], object]
"""What of a text a prompt forces: two texts are the same answer where this is equal."""

_AROUND = " \t\r\n.,;:!?\"'`*“”«»"
"""What may stand around words that are all that was asked for."""


def exact_text(text: str) -> object:
    """The text itself; white space at its ends is the server's, for some trim it and some add a line feed."""
    return text.strip()


def same_words(text: str) -> object:
    """Its words, in whatever case, quotes or emphasis, with a full stop or without."""
    return " ".join(text.casefold().strip(_AROUND).split())


def same_numbers(text: str) -> object:
    """Its whole numbers in their order, whatever stands between them: ``21``, ``21.`` or ``21°C``."""
    return [int(figures) for figures in re.findall(r"-?\d+", text.replace("\N{MINUS SIGN}", "-"))]


def same_json(text: str) -> object:
    """Its JSON value, however spaced and whatever the order of its keys; the text where it is none."""
    try:
        return canonical(json.loads(text))
    except ValueError:
        return text


def text_beside_calls(text: str) -> object:
    """Nothing: a model may say what it is about to do. Braces and tags are a call that was not understood."""
    return text if _holds_markup(text) else ""


def mentions(words: str) -> Matcher:
    """That these words are said beside a call, whatever else is."""
    return lambda text: words if words.casefold() in text.casefold() and not _holds_markup(text) else text


def _holds_markup(text: str) -> bool:
    return re.search("[{<]", text) is not None


def canonical(value: Any, same: Mapping[str, str] | None = None) -> str:
    """A JSON value as one text: 36.0 is 36, but true is not 1; a word stands for those that say the same."""
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
