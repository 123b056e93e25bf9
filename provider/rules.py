"""Rules about words, and the one form in which words are compared.

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


class Rule:
    """Some families of words, any of which may stand anywhere in a plain text.

    Compiled when it is first asked: all of them cost 45 ms, and most processes see no failure.
    """

    def __init__(self, *families: str) -> None:
        self._families = families

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self._families))

    def matches(self, text: str) -> bool:
        """Whether the words stand in ``text``."""
        return self._pattern.search(text) is not None

    def found(self, text: str) -> Iterator[str]:
        """The parts of ``text`` that match."""
        return (match.group() for match in self._pattern.finditer(text))
