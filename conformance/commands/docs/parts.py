"""The parts of the README that are generated, each between two comments."""

from __future__ import annotations

import re


def part(readme: str, name: str) -> str:
    """The text of a generated part.

    Raises:
        ValueError: the README has no such part.
    """
    found = _pattern(name).search(readme)
    if found is None:
        raise ValueError(f"README.md has no part that is marked as {name}")
    return found[2]


def with_part(readme: str, name: str, text: str) -> str:
    """The README with ``text`` as this part."""
    return _pattern(name).sub(lambda found: f"{found[1]}{text}{found[3]}", readme)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name}: written by make docs -->\n)(.*?)(<!-- end of {name} -->)", re.DOTALL)
