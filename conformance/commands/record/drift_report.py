"""What changed at the providers, as lines for a terminal and as Markdown for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.printable import printable
from conformance.recording import Drift, Severity
from conformance.recording.playback.commands import rerecord
from conformance.report.counts import counted
from conformance.report.summary import line

LocatedDrift = tuple[str, Drift]
"""A change, and the ``backend@target group/scenario`` that shows it."""

_SPECIAL = str.maketrans({char: f"&#{ord(char)};" for char in "&<>|*_`[]~\\"})
"""Characters with which Markdown or HTML begins something, and what shows them as they are."""


def lines(found: Sequence[LocatedDrift], scenarios: int) -> Iterator[str]:
    """A line for each change, the worst first, and the counts; ``scenarios`` is how many were asked."""
    for where, each in _grouped(found):
        yield f"{each.severity.name.lower()}: {where}: {each}"
    yield _counts(found, scenarios)


def markdown(found: Sequence[LocatedDrift], scenarios: int) -> str:
    """The same as a table, with the commands that record the changed targets again."""
    rows = [
        line([each.severity.name.lower(), *map(_cell, (where, each.place, each.what))])
        for where, each in _grouped(found)
    ]
    labels = dict.fromkeys(name.partition(" ")[0] for name, _ in found)
    parts = ["# Drift", "", _counts(found, scenarios), ""]
    if rows:
        parts += ["| severity | where | place | change |", "| --- | --- | --- | --- |", *rows, ""]
        parts += ["To accept what changed, record it again and review the diff:", ""]
        parts += ["```sh", *map(rerecord, sorted(labels)), "```", ""]
    return "\n".join(parts)


def _grouped(found: Sequence[LocatedDrift]) -> Iterator[LocatedDrift]:
    """Each change of a target once, the worst first: a provider changes all its answers at a time."""
    names: dict[tuple[str, Drift], list[str]] = {}
    for name, each in found:
        label, _, scenario = name.partition(" ")
        names.setdefault((label, each), []).append(scenario)
    for (label, each), scenarios in sorted(names.items(), key=lambda item: -item[0][1].severity):
        more = f" and {len(scenarios) - 1} more" if len(scenarios) > 1 else ""
        yield f"{label} {scenarios[0]}{more}", each


def _counts(found: Sequence[LocatedDrift], scenarios: int) -> str:
    severities = [each.severity for _, each in _grouped(found)]
    counts = ", ".join(f"{severities.count(each)} {each.name.lower()}" for each in reversed(Severity))
    return f"{counted(scenarios, 'scenario')} asked again: {counts}; no recording was changed"


def _cell(text: str) -> str:
    return " ".join(printable(text).split()).translate(_SPECIAL)
