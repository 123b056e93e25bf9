"""Replaces account data with placeholders: it gives no access, so the rest of a text is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from conformance.recording.secrets.encodings import readings
from conformance.recording.secrets.patterns import without_accounts

_SHORTEST_NAME = 6
"""Characters of a resource's name in an address; a shorter one, such as ``api``, names no account."""


class Identifiers:
    """Named values with their placeholders, and everything that looks like account data."""

    def __init__(self, named: Mapping[str, str]) -> None:
        if not all(named):
            raise ValueError("identifiers must be non-empty texts")
        self._named = [
            (pattern, placeholder)
            for value, placeholder in named.items()
            if value != placeholder
            for pattern in _patterns(value)
        ]

    def replaced(self, text: str) -> str:
        """``text`` with placeholders; JSON stays JSON."""
        for pattern, placeholder in self._named:
            text = pattern.sub(placeholder, text)
        return without_accounts(text)

    def replaced_in_body(self, body: bytes) -> bytes:
        """``body`` with placeholders; one that is not text stays as it is, and :meth:`find` refuses it later.

        The messages of a binary stream contain their checksums, so nothing in them can be replaced.
        """
        try:
            return self.replaced(body.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            return body

    def replaced_in_plain(self, value: Any) -> Any:
        """``value``, plain values, with placeholders in every text."""
        if isinstance(value, str):
            return self.replaced(value)
        if isinstance(value, Mapping):
            return {self.replaced(str(key)): self.replaced_in_plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.replaced_in_plain(item) for item in value]
        return value

    def find(self, text: str) -> str:
        """The kind of a named value that ``text`` still contains in any encoding; empty for none."""
        if not self._named:
            return ""
        found = any(pattern.search(each) for each in readings(text) for pattern, _ in self._named)
        return "an identifier of the account" if found else ""


def _patterns(value: str) -> Iterator[re.Pattern[str]]:
    for part in _parts(value):
        yield re.compile("|".join(map(_whole, _spellings(part))))
    # Servers answer with the name of a model alone, or of its instance; it may be a word of the language.
    maker, _, name = value.rpartition("/")
    if maker and "://" not in value and (bare := re.split("[@:]", name)[0]):
        yield re.compile(rf"""(?<=["'/]){re.escape(bare)}(?=\\?["'/?@:])""")


def _parts(value: str) -> Iterator[str]:
    """``value`` and, for an address, its host and the name of its resource, the first part of the host."""
    yield value
    host = urlsplit(value).hostname or ""
    if host:
        yield host
        first, *others = host.split(".")
        if len(others) > 1 and len(first) >= _SHORTEST_NAME:
            yield first


def _spellings(value: str) -> Iterator[str]:
    yield from dict.fromkeys((value, json.dumps(value)[1:-1], quote(value, safe="")))


def _whole(spelling: str) -> str:
    # A project that is called "demo" must not change "demonstration", but is found after an escaped line end.
    return rf"(?:(?<=\\[nrtbf])|(?<![A-Za-z0-9\\])){re.escape(spelling)}(?![A-Za-z0-9])"
