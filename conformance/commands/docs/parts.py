"""The parts of a page that are generated, each between two comments."""

from __future__ import annotations

import re


def part(page: str, name: str) -> str:
    """The text of a generated part.

    Raises:
        ValueError: the page has no such part.
    """
    found = _pattern(name).search(page)
    if found is None:
        raise ValueError(f"the page has no part that is marked as {name}")
    return found[2]


def with_part(page: str, name: str, text: str) -> str:
    """The page with ``text`` as this part."""
    return _pattern(name).sub(lambda found: f"{found[1]}{text}{found[3]}", page)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(<!-- {name}: written by make (?:docs|examples) -->\n)(.*?)(<!-- end of {name} -->)", re.DOTALL
    )
