"""What a terminal shows of a run: the matrix, the problems, the closing lines."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from conformance.report.contract import tiers
from conformance.report.counts import counted, extent, routes
from conformance.report.parts import blocks, parts
from conformance.report.problems import COLUMNS, problems
from conformance.report.results import (
    SOURCE_WORDS,
    Outcome,
    Report,
    Result,
    Source,
    only_scripts,
)

# Not at the top: rich takes as long as the rest, and only a process that shows a run needs it.
if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 1000
"""Columns that a table may take; it takes no more than it needs."""


SHOWN = 10
"""How many of the parts that were switched off are named; the results file names all."""


PROBE = "capabilities/capability-"
"""How the ids of the scenarios that probe a capability begin."""

HEADS = {
    Outcome.FAILED: "failed",
    Outcome.ERRORED: "errored",
    Outcome.KNOWN_GAP: "gaps",
    Outcome.UNSUPPORTED: "unsup.",
    Outcome.NOT_JUDGED: "n.j.",
    Outcome.UNMEASURED: "unmeas.",
}
"""How the matrix heads the outcomes beside ``passed``; a column in which every count is 0 is left out."""

NARROWEST = 20
"""Columns of the groups that failed, where the counts leave less."""

GROUPS = 3
"""How many of the groups are named in which a target fails most."""


def shown(report: Report) -> list[str]:
    """Everything but the closing lines."""
    found = problems(report)
    return [
        *matrix(report).splitlines(),
        *routes(report),
        *capabilities(report).splitlines(),
        *[""] * bool(found),
        *found,
        "",
    ]


def matrix(report: Report) -> str:
    """A line for each target, the one with the fewest problems first: outcomes, sources, failed groups.

    What reached a live server, what did not, and targets that only scripts answered have a table each. Routes
    are not in it; where only they ran, it is empty.
    """
    tables: list[str] = []
    for heading, columns in blocks(report).items():
        tables += [f"\n  {heading}"] * bool(heading) + [_matrix(columns)]
    return "\n".join(tables)


def _matrix(columns: Mapping[str, Sequence[Result]]) -> str:
    from rich import box
    from rich.table import Table

    results = [result for own in columns.values() for result in own]
    outcomes = [outcome for outcome in HEADS if any(result.outcome is outcome for result in results)]
    sources = [source for source in SOURCE_WORDS if any(result.source is source for result in results)]
    heads = ["passed", "of", *(HEADS[each] for each in outcomes), *(SOURCE_WORDS[each] for each in sources)]
    rows = {label: _counts(own, outcomes, sources) for label, own in columns.items()}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("target")
    for head in heads:
        table.add_column(head, justify="right")
    if any(result.outcome.is_failure for result in results):
        taken = [max(map(len, column)) + 2 for column in zip(["target", *heads], *_cells(rows), strict=True)]
        table.add_column("failed in", overflow="fold", max_width=max(COLUMNS - sum(taken) - 2, NARROWEST))
    for label, cells in rows.items():
        table.add_row(label, *cells, _failed_groups(columns[label]))
    return rendered(table)


def _cells(rows: Mapping[str, Sequence[str]]) -> list[list[str]]:
    return [[label, *cells] for label, cells in rows.items()]


def _counts(results: Sequence[Result], outcomes: Sequence[Outcome], sources: Sequence[Source]) -> list[str]:
    """The cells of a target, but for the groups in which it failed; a count of 0 is left out."""
    found = Counter(result.outcome for result in results)
    answers = Counter(result.source for result in results)
    counts = [*(found[each] for each in outcomes), *(answers[each] for each in sources)]
    return [str(found[Outcome.PASSED]), str(len(results)), *(str(count or "") for count in counts)]


def _failed_groups(results: Sequence[Result]) -> str:
    failed = Counter(result.group for result in results if result.outcome.is_failure).most_common()
    more = [f"and {len(failed) - GROUPS} more"] if len(failed) > GROUPS else []
    return ", ".join([*(f"{group} {count}" for group, count in failed[:GROUPS]), *more])


def contract(report: Report) -> list[str]:
    """The tiers of the contract that each target keeps."""
    lines = []
    for label, results in report.columns().items():
        lines += [f"contract of {label}", *(f"  {each.name:<24} {each}" for each in tiers(results)), ""]
    return lines


def capabilities(report: Report) -> str:
    """A table of backend@target by capability: what was measured and declared; empty if nothing was.

    A script says nothing of a model, so that nothing is measured where one answers.
    """
    probed = [result for result in report if result.id.startswith(PROBE) and result.measured]
    if only_scripts(probed):
        return ""
    from rich import box
    from rich.table import Table

    names = list(dict.fromkeys(result.scenario for result in probed))
    title = "measured capabilities (= as declared, ! not as declared)"
    table = Table(box=box.SIMPLE_HEAD, title=title, padding=0)
    table.add_column("backend@target")
    for name in names:
        table.add_column(name.partition("-")[2].replace("_", "\n"), vertical="bottom")
    for label in dict.fromkeys(result.label for result in probed):
        own = {result.scenario: result for result in probed if result.label == label}
        table.add_row(label, *(_capability(own[name]) if name in own else "–" for name in names))
    return rendered(table)


def _capability(result: Result) -> str:
    if result.source is Source.SCRIPT:
        return "–"
    if result.declared is None:
        return result.measured
    expected = "yes" if result.declared else "refused"
    return f"{result.measured} {'=' if result.measured == expected else '!'}"


def rendered(table: Table) -> str:
    """The table as plain text, as wide as it needs to be."""
    from rich.console import Console

    # A console of its own: pytest writes the text, and knows the terminal.
    console = Console(
        file=StringIO(), width=WIDTH, force_terminal=False, color_system=None, markup=False, emoji=False
    )
    console.print(table)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def closing(report: Report) -> list[str]:
    """What the run left out, what it ran, and how many interactions were live, played or not played."""
    sources = [result.source for result in report]
    orphaned = "not checked" if report.orphans is None else str(len(report.orphans))
    return [
        *_levels(report),
        *_switched_off(report),
        *map(str, report.doubts),
        extent(report),
        f"{counted(len(report), 'run')}: "
        f"{sources.count(Source.RECORDING)} from recordings, {sources.count(Source.LIVE)} live, "
        f"{sources.count(Source.DERIVED)} derived, {sources.count(Source.SCRIPT)} from scripts",
        f"live connections: {report.total('live')}, interactions played: {report.total('played')}, "
        f"unplayed: {report.total('unplayed')}, orphaned: {orphaned}",
        *_parts(report),
    ]


def _parts(report: Report) -> list[str]:
    """The score of each part, where there are two: pytest's own line does not tell them apart."""
    found = [str(part) for part in parts(report.results) if part.heading]
    return [line for words in found for line in textwrap.wrap(words, COLUMNS, subsequent_indent="    ")]


def _levels(report: Report) -> list[str]:
    newer = (report.footer or {}).get("newer", {})
    backends = report.header.get("backends", ())
    pinned = {f"{each['backend']}@{each['target']}": each.get("level") for each in backends}
    return [
        f"{label}: level {level}; {counted(newer.get(label, 0), 'case')} of later levels did not run"
        for label, level in pinned.items()
        if level is not None
    ]


def _switched_off(report: Report) -> list[str]:
    off = (report.footer or {}).get("switched_off", [])
    if not off:
        return []
    named = [f"switched off (this fails the run): {each}" for each in off[:SHOWN]]
    more = [f"and {len(off) - SHOWN} more"] if len(off) > SHOWN else []
    return [*named, *more, "declare what a backend cannot do yet as a known gap, with a link to its bug"]
