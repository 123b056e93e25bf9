"""Patterns, and the plain form of the texts that they match.

``context_length_exceeded``, ``ContextLengthExceeded`` and "context length
exceeded" have the same plain form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

READ = 8000
"""Characters of a text that are read, most at the beginning: a server may echo the prompt."""


def ends(text: str) -> str:
    """A long text reduced to its beginning and its last 1000 characters."""
    return text if len(text) <= READ else f"{text[: READ - 1000]} {text[-1000:]}"


def plain(text: str) -> str:
    """``text`` in lower case, with single spaces and without URLs, quotes, camel case and underscores."""
    text = re.sub(r"https?://\S+", " ", text)
    text = re.sub(r"[`'\"‘’“”*]", "", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\w)-(?=\w)", " ", text)
    return re.sub(r"[\s_]+", " ", text).lower()


class Pattern:
    """Alternative regular expressions for texts in plain form.

    Compiled at first use: all patterns take 45 ms, and most processes see no failure.
    """

    def __init__(self, *alternatives: str) -> None:
        self._alternatives = alternatives

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile("|".join(self._alternatives))

    def matches(self, text: str) -> bool:
        """Whether a part of ``text`` matches."""
        return self._compiled.search(text) is not None

    def found(self, text: str) -> Iterator[str]:
        """The parts of ``text`` that match."""
        return (match.group() for match in self._compiled.finditer(text))
