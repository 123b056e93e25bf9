"""Finds a secret of which a text shows only a part: its beginning or its end, or all but a starred middle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from conformance.recording.secrets.patterns import OWN_KEY

_MASK = re.compile(r"[*•●·∗＊█]+|…+|\.{2,}|[xX#_~-]{3,}|\[[^\]\s]{0,20}\]|<\w{0,20}>")
"""What stands for the hidden part of a key."""

_AROUND = 200
"""Characters around a mask that may belong to a key."""

_SHOWN = 4
"""Random characters of a key that a text may not show beside a mask."""

_PIECE = 8
"""Characters of a random key that turn up in another text by no chance."""

_GENERIC = re.compile(r"(?:[A-Za-z]{1,12}\d{0,2}[-_]){1,3}")
"""The beginning that all keys of a provider share, such as ``sk-proj-``."""

_WORD = re.compile(r"[\w+/=.~-]{8,}", re.ASCII)
"""What may be the beginning or the end of a key without a mask, as long as a piece."""

_SHORTEST = 12
"""Characters of a secret of which parts are searched for."""


def part_in(text: str, parts: Mapping[str, str]) -> str:
    """The kind of the first of ``parts`` of which ``text`` shows a part; empty where it shows none."""
    pieces = _pieces(tuple(parts))
    if pieces:
        for at in range(len(text) - _PIECE + 1):
            if (whole := pieces.get(text[at : at + _PIECE])) is not None:
                return f"a part of {parts[whole]}"
    for mask in _MASK.finditer(text):
        before, behind = (
            text[max(0, mask.start() - _AROUND) : mask.start()],
            text[mask.end() : mask.end() + _AROUND],
        )
        if not (before[-1:].isalnum() or behind[:1].isalnum()):
            continue
        for whole in parts:
            if _is_searched(whole) and _shown(whole, before, behind) >= _SHOWN:
                return f"a part of {parts[whole]}"
    return ""


def end_in(text: str, parts: Mapping[str, str]) -> str:
    """The kind of the first of ``parts`` that begins or ends with a word of ``text``; empty for none."""
    if ends := _ends(tuple(parts)):
        for word in _WORD.findall(text):
            for whole in (ends.get(word[:_PIECE]), ends.get(word[-_PIECE:])):
                if whole is not None and _is_end(word, whole):
                    return f"a part of {parts[whole]}"
    return ""


def _is_searched(secret: str) -> bool:
    return len(secret) >= _SHORTEST and not secret.startswith(OWN_KEY) and not re.search(r"\s", secret)


def _shown(secret: str, before: str, behind: str) -> int:
    """How many random characters of ``secret`` stand before and behind a mask."""
    generic = _generic(secret)
    beginnings = (size for size in range(len(secret) - 1, generic, -1) if before.endswith(secret[:size]))
    ends = (size for size in range(len(secret) - 1, 0, -1) if behind.startswith(secret[-size:]))
    return max(0, next(beginnings, generic) - generic) + next(ends, 0)


@cache
def _generic(secret: str) -> int:
    found = _GENERIC.match(secret)
    return found.end() if found else 0


@cache
def _pieces(secrets: tuple[str, ...]) -> dict[str, str]:
    """Every piece of a random secret, with the secret that it is of."""
    found: dict[str, str] = {}
    for secret in secrets:
        if _is_searched(secret):
            for at in range(_generic(secret), len(secret) - _PIECE + 1):
                piece = secret[at : at + _PIECE]
                if _is_mixed(piece):
                    found.setdefault(piece, secret)
    return found


@cache
def _ends(secrets: tuple[str, ...]) -> dict[str, str]:
    """The first and the last characters of every random secret, with the secret."""
    random = set(_pieces(secrets).values())
    return {end: each for each in secrets if each in random for end in (each[:_PIECE], each[-_PIECE:])}


def _is_end(word: str, secret: str) -> bool:
    """Whether a word is the beginning or the end of a secret, and random enough to be of no other."""
    begins = secret.startswith(word)
    own = word[_generic(secret) :] if begins else word
    return (begins or secret.endswith(word)) and len(own) >= _SHOWN and _changes(own) > 0


def _is_mixed(piece: str) -> bool:
    """Whether letters and digits alternate, so that the piece is no word, number or date."""
    return _changes(piece) > 1


def _changes(text: str) -> int:
    pairs = [(a, b) for a, b in pairwise(text) if (a + b).isalnum()]
    return sum(a.isdigit() != b.isdigit() or (a.islower() and b.isupper()) for a, b in pairs)
