"""Rules about words, and the plain form in which words are compared.

``context_length_exceeded``, ``ContextLengthExceeded`` and "context length
exceeded" are the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property


def plain(text: str) -> str:
    """Lower-case words with single spaces: no address, no quotes, no camel case, no underscores."""
    text = re.sub(r"https?://\S+", " ", text)
    text = re.sub(r"[`'\"‘’“”*]", "", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\w)-(?=\w)", " ", text)
    return re.sub(r"[\s_]+", " ", text).lower()


class Pattern:
    """Families of words, given as regular expressions, any of which may occur in a plain text.

    Compiled at first use: all of them take 45 ms, and most processes see no failure.
    """

    def __init__(self, *families: str) -> None:
        self._families = families

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self._families))

    def matches(self, text: str) -> bool:
        """Whether ``text`` contains the words."""
        return self._pattern.search(text) is not None

    def found(self, text: str) -> Iterator[str]:
        """The parts of ``text`` that match."""
        return (match.group() for match in self._pattern.finditer(text))
