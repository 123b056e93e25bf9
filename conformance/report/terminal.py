"""What a terminal shows of a run: the matrix, the problems, the closing lines."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from conformance.report.causes import Group, by_cause
from conformance.report.contract import tiers
from conformance.report.counts import counted, extent, routes
from conformance.report.parts import blocks, parts
from conformance.report.results import (
    SOURCE_WORDS,
    Fault,
    Outcome,
    Report,
    Result,
    Source,
    only_scripts,
)

WIDTH = 1000
"""Columns that a table may take; it takes no more than it needs."""

SHOWN = 10
"""How many of the parts that were switched off are named; the results file names all."""

LAWS = 3
"""How many of the laws are named that one cause breaks."""

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

GROUPS = 3
"""How many of the groups are named in which a target fails most."""


def shown(report: Report) -> list[str]:
    """Everything but the closing lines."""
    return [
        *matrix(report).splitlines(),
        *routes(report),
        *capabilities(report).splitlines(),
        *problems(report),
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
    results = [result for own in columns.values() for result in own]
    heads = [outcome for outcome in HEADS if any(result.outcome is outcome for result in results)]
    sources = [source for source in SOURCE_WORDS if any(result.source is source for result in results)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("target")
    for head in ("passed", "of", *(HEADS[each] for each in heads), *(SOURCE_WORDS[each] for each in sources)):
        table.add_column(head, justify="right")
    if any(result.outcome.is_failure for result in results):
        table.add_column("failed in", overflow="fold")
    for label, own in columns.items():
        outcomes = Counter(result.outcome for result in own)
        answers = Counter(result.source for result in own)
        counts = [*(outcomes[each] for each in heads), *(answers[each] for each in sources)]
        shown = [str(count or "") for count in counts]
        table.add_row(label, str(outcomes[Outcome.PASSED]), str(len(own)), *shown, _failed_groups(own))
    return rendered(table)


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
    names = list(dict.fromkeys(result.scenario for result in probed))
    title = "measured capabilities (= as declared, ! not as declared)"
    table = Table(box=box.SIMPLE_HEAD, title=title)
    table.add_column("backend@target")
    for name in names:
        table.add_column(name.partition("-")[2])
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
    # A console of its own: pytest writes the text, and knows the terminal.
    console = Console(
        file=StringIO(), width=WIDTH, force_terminal=False, color_system=None, markup=False, emoji=False
    )
    console.print(table)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def problems(report: Report) -> list[str]:
    """The failures by cause, each with an example and the laws that it breaks; then what else counts."""
    command = report.header.get("command", "python -m pytest")
    own = {
        f"{each['backend']}@{each['target']}": each.get("command")
        for each in report.header.get("backends", ())
    }
    groups = by_cause(report)
    lines = [line for each in groups for line in _group(each, own.get(each.example.label) or command)]
    others = (result for result in report.problems() if not result.outcome.is_failure)
    return [*lines, *(f"{result.outcome}: {result.title}: {result.reason}" for result in others)]


def _group(group: Group, command: str) -> Iterator[str]:
    example = group.example
    yield f"{counted(len(group.results), 'case')} {group.outcome}: {group.cause}"
    yield f"    e.g. {example.title}"
    if example.got or example.expected:
        yield f"    got      {example.got}"
    if example.expected:
        yield f"    expected {example.expected}"
    laws = group.laws
    for law, results in laws[:LAWS]:
        yield f"    law      {law}{f' ({len(results)})' if len(laws) > 1 else ''}"
    if len(laws) > LAWS:
        yield f"             and {counted(len(laws) - LAWS, 'law')} more"
    if example.fault is Fault.SNAPSHOT:
        yield f"    stored   {example.reason}"
    yield f"    again    {command} {shlex.quote(example.rerun)}"


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
    found = parts(report.results)
    return [str(part) for part in found if part.heading]


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
