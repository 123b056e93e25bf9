"""How real answers were read, counted at the end of a run by provider, by what they say, and by stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

PROPERTY = "traffic"
"""The property of a test's report that holds its place in the table: reports come from every worker."""

COLUMNS = list(product(("text", "tools", "errors", "other"), ("whole", "stream")))
OUTCOMES = {"passed": "", "xfailed": "k", "skipped": "x", "failed": "f"}
LEGEND = "each with every backend that it fits: read right, k known upstream bugs, x excluded, f read wrong"


def counted_as(interaction: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The property that counts a recorded interaction where it belongs."""
    tags = interaction["tags"]
    kinds = {"error": "errors", "tool_calls": "tools", "text": "text"}
    kind = next((name for tag, name in kinds.items() if tag in tags), "other")
    return PROPERTY, [interaction["provider"], kind, "stream" if interaction["streaming"] else "whole"]


def table(stats: Mapping[str, Sequence[Any]]) -> list[str]:
    """The lines of the table, of pytest's reports by outcome; none where no real answer was read."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for outcome in OUTCOMES:
        for report in stats.get(outcome, ()):
            # Collection has reports too, without properties.
            place = dict(getattr(report, "user_properties", ())).get(PROPERTY)
            if place is not None:
                provider, kind, how = place
                counts[provider, kind, how, outcome] += 1
    if not counts:
        return []
    providers = sorted({provider for provider, *_ in counts})
    rows = [_row(provider, counts, {provider}) for provider in providers]
    heads = [["", *(kind for kind, _ in COLUMNS), ""], ["provider", *(how for _, how in COLUMNS), "all"]]
    return [LEGEND, *_aligned([*heads, *rows, _row("all", counts, set(providers))])]


def _row(head: str, counts: Counter[tuple[str, str, str, str]], providers: set[str]) -> list[str]:
    cells = [_cell(counts, providers, {column}) for column in COLUMNS]
    return [head, *cells, _cell(counts, providers, set(COLUMNS))]


def _cell(
    counts: Counter[tuple[str, str, str, str]], providers: set[str], columns: set[tuple[str, str]]
) -> str:
    sums = {
        outcome: sum(
            count
            for (provider, kind, how, found), count in counts.items()
            if provider in providers and (kind, how) in columns and found == outcome
        )
        for outcome in OUTCOMES
    }
    return " ".join(f"{count}{OUTCOMES[outcome]}" for outcome, count in sums.items() if count) or "-"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]
