"""The tags that models put around their reasoning, whole and cut."""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "thought", "seed:think")
_MARKS = {"[think]": "[/think]", "◁think▷": "◁/think▷", "<|begin_of_thought|>": "<|end_of_thought|>"}
"""Those of other forms: Magistral's, Kimi's and OpenThinker's."""

_NAME = f"(?:{'|'.join(_NAMES)})"
_ATTRIBUTE = r"""\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
_OPENING = re.compile(rf"<{_NAME}(?:{_ATTRIBUTE})*\s*>", re.IGNORECASE)
_BEGUN_ATTRIBUTES = re.compile(rf"<{_NAME}\s[^<>]{{0,80}}", re.IGNORECASE)
_CLOSE = re.compile(rf"</{_NAME}\s*>", re.IGNORECASE)
_AROUND = re.compile(rf"\A\s*{_OPENING.pattern}|{_CLOSE.pattern}\s*\Z", re.IGNORECASE)
_CLOSES = (*(f"</{name}>" for name in _NAMES), *_MARKS.values())


def opening_of(text: str) -> str | None:
    """The tag with which a text begins, empty where there is none; None where that is undecided yet."""
    if found := _OPENING.match(text):
        return found.group()
    begun = text[:20].lower()
    for mark in _MARKS:
        if begun.startswith(mark):
            return text[: len(mark)]
    is_cut = any(tag.startswith(text.lower()) for tag in (*(f"<{name}>" for name in _NAMES), *_MARKS))
    return None if is_cut or _BEGUN_ATTRIBUTES.fullmatch(text) else ""


def close_of(opening: str) -> str:
    """The closing tag for an opening one, which may follow white space."""
    tag = opening.strip().lower()
    name = tag.strip("<>").split()[0]
    return _MARKS.get(tag) or f"</{name}>"


def found_close(text: str, close: str = "") -> tuple[str, str, str]:
    """The text before the first closing tag, the tag, and what follows; without a tag both are empty.

    Args:
        text: where to look.
        close: the tag to look for; any, if empty.
    """
    found = _pattern_of(close).search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found.group(), text[found.end() :]


def after_begun_close(text: str, close: str) -> tuple[str, str]:
    """A text in two: what is certain of it, and its end that may begin the closing tag."""
    at = text.rfind(close[0], max(0, len(text) - len(close) - 10))
    is_begun = at >= 0 and close.startswith("".join(text[at:].lower().split()))
    return (text[:at], text[at:]) if is_begun else (text, "")


def begins_close(text: str) -> bool:
    """Whether a text begins with a closing tag, or with the beginning of one."""
    return any(text[: len(close)].lower() == close[: len(text)] for close in _CLOSES)


def without_tags(reasoning: str) -> str:
    """Reasoning without the tags that some servers leave around it in its field."""
    return _AROUND.sub("", reasoning)


def _pattern_of(close: str) -> re.Pattern[str]:
    if close in _MARKS.values():
        return re.compile(re.escape(close), re.IGNORECASE)
    return re.compile(rf"{re.escape(close[:-1])}\s*>", re.IGNORECASE) if close else _CLOSE
