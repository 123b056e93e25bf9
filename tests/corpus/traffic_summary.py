"""How real answers were decoded, counted at the end of a run by provider and kind of answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PROPERTY = "traffic"
"""The property of a test's report that names its row and column: reports come from every worker."""


def counted_as(interaction: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The property that counts a recorded interaction in its row and column."""
    kind = next((tag for tag in ("error", "tool_calls", "text") if tag in interaction["tags"]), "other")
    return PROPERTY, [interaction["provider"], f"{kind}, {'stream' if interaction['streaming'] else 'whole'}"]


def summary(stats: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """A line for each provider, from pytest's reports by outcome; none if no real answer was decoded."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for outcome in ("passed", "skipped", "failed"):
        for report in stats.get(outcome, ()):
            # Reports of collection have no properties.
            if place := dict(getattr(report, "user_properties", ())).get(PROPERTY):
                counts[(*place, outcome)] += 1
    for provider in sorted({row for row, _, _ in counts}):
        own = sorted((kind, how, count) for (row, kind, how), count in counts.items() if row == provider)
        yield f"{provider}: {'; '.join(f'{kind}: {count} {how}' for kind, how, count in own)}"
