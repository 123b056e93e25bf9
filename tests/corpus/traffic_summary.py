"""How real answers were decoded, counted at the end of a run by provider, content and streaming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO
from itertools import product
from typing import Any

from rich.console import Console
from rich.table import Table

PROPERTY = "traffic"
"""The property of a test's report that names its row and column: reports come from every worker."""

COLUMNS = [*product(("text", "tools", "errors", "other"), ("whole", "stream")), ("", "all")]
OUTCOMES = {"passed": "", "xfailed": "k", "skipped": "x", "failed": "f"}
LEGEND = (
    "each with every backend that it fits: decoded right, k known upstream bugs, x excluded, f decoded wrong"
)


def counted_as(interaction: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The property that counts a recorded interaction in its row and column."""
    kinds = {"error": "errors", "tool_calls": "tools", "text": "text"}
    kind = next((name for tag, name in kinds.items() if tag in interaction["tags"]), "other")
    return PROPERTY, [interaction["provider"], kind, "stream" if interaction["streaming"] else "whole"]


def table(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """The lines of the table, from pytest's reports by outcome; none if no real answer was decoded."""
    counts: Counter[tuple[str, tuple[str, str], str]] = Counter()
    for outcome in OUTCOMES:
        for report in stats.get(outcome, ()):
            # Reports of collection have no properties.
            if place := dict(getattr(report, "user_properties", ())).get(PROPERTY):
                provider, *column = place
                counts.update(product((provider, "all"), (tuple(column), ("", "all")), (outcome,)))
    if not counts:
        return []
    grid = Table(box=None, pad_edge=False)
    for kind, how in [("", "provider"), *COLUMNS]:
        grid.add_column(f"{kind}\n{how}", justify="left" if how == "provider" else "right")
    for provider in [*sorted({row for row, _, _ in counts} - {"all"}), "all"]:
        grid.add_row(provider, *(_cell(counts, provider, column) for column in COLUMNS))
    file = StringIO()
    Console(file=file, width=1000, color_system=None).print(grid)
    return [LEGEND, *(line.rstrip() for line in file.getvalue().splitlines())]


def _cell(counts: Counter[tuple[str, tuple[str, str], str]], provider: str, column: tuple[str, str]) -> str:
    found = {letter: counts[provider, column, outcome] for outcome, letter in OUTCOMES.items()}
    return " ".join(f"{count}{letter}" for letter, count in found.items() if count) or "-"
