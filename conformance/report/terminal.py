"""The matrix and the closing lines, as a terminal shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from conformance.report.results import Outcome, Report, Result, Source

WIDTH = 1000
"""Columns that the matrix may take; it takes as many as it has backends and groups."""


LEGEND = "passed/total by group; below: where the answers came from (g known gaps, u declared unsupported)"

_SOURCES = {
    Source.RECORDING: "recorded",
    Source.LIVE: "live",
    Source.DERIVED: "derived",
    Source.SCRIPT: "scripted",
}


def shown(report: Report) -> list[str]:
    """All that a terminal shows of a run but its closing lines."""
    return [
        *matrix(report).splitlines(),
        *capabilities(report).splitlines(),
        *problems(report),
        "",
    ]


def matrix(report: Report) -> str:
    """Group by backend@target: passed of total, and below how many answers came from where.

    The target with the fewest problems stands first, and so does the group with the most failures.
    """
    columns = report.columns()
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("group")
    for label in columns:
        table.add_column(label.replace("@", "\n@"), justify="right")
    for group in _groups(report):
        cells = ([each for each in column if each.group == group] for column in columns.values())
        table.add_row(group, *map(_cell, cells))
    table.add_section()
    table.add_row("all", *map(_cell, columns.values()))
    for source, word in _SOURCES.items():
        counts = [sum(each.source is source for each in column) for column in columns.values()]
        if any(counts):
            table.add_row(word, *(str(count or "-") for count in counts))
    return f"{LEGEND}\n{rendered(table)}"  # no title: rich folds one to the width of its table


def _groups(report: Report) -> list[str]:
    failed = Counter(result.group for result in report if result.outcome.is_failure)
    groups = dict.fromkeys(result.group for result in report)
    return sorted(groups, key=lambda group: -failed[group])


def _cell(results: list[Result]) -> str:
    if not results:
        return "-"
    outcomes = [result.outcome for result in results]
    others = ((outcomes.count(Outcome.KNOWN_GAP), "g"), (outcomes.count(Outcome.UNSUPPORTED), "u"))
    parts = [f"{count}{letter}" for count, letter in others if count]
    return " ".join([*parts, f"{outcomes.count(Outcome.PASSED)}/{len(results)}"])


PROBE = "capabilities/capability-"
"""How the scenarios that probe one capability are called; others only need one."""


def capabilities(report: Report) -> str:
    """Backend@target by capability: what was measured, and where a declaration says otherwise; or nothing."""
    probed = [result for result in report if result.id.startswith(PROBE) and result.measured]
    if not probed:
        return ""
    names = list(dict.fromkeys(result.scenario for result in probed))
    title = "capabilities as measured (! declared otherwise, = declared so)"
    table = Table(box=box.SIMPLE_HEAD, title=title)
    table.add_column("backend@target")
    for name in names:
        table.add_column(name.partition("-")[2])
    for label in dict.fromkeys(result.label for result in probed):
        own = {result.scenario: result for result in probed if result.label == label}
        table.add_row(label, *(_capability(own[name]) if name in own else "-" for name in names))
    return rendered(table)


def _capability(result: Result) -> str:
    if result.declared is None:
        return result.measured
    return f"{result.measured} {'=' if result.measured == ('yes' if result.declared else 'refused') else '!'}"


def rendered(table: Table) -> str:
    """The table as plain text, as wide as it has to be."""
    # Not the terminal's own console: the text goes through pytest, which knows where it is shown.
    console = Console(file=StringIO(), width=WIDTH, force_terminal=False, color_system=None)
    console.print(table)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def problems(report: Report) -> list[str]:
    """What failed and why, what is a known gap, and how to run each again."""
    lines, command = [], report.header.get("command", "python -m pytest")
    for outcome in (Outcome.ERRORED, Outcome.FAILED, Outcome.UNMEASURED, Outcome.KNOWN_GAP):
        for result in report:
            if result.outcome is outcome:
                lines += [f"{outcome}: {result.label} {result.id}: {result.reason}"]
                lines += [f"    {command} '{result.rerun}'"] if outcome.is_failure else []
    return lines


def closing(report: Report) -> list[str]:
    """What is missing, how many scenarios ran on how many backends, what was live, unplayed or orphaned."""
    scenarios = {result.id for result in report}
    labels = {result.label for result in report}
    sources = [result.source for result in report]
    orphaned = "not looked for" if report.orphans is None else str(len(report.orphans))
    return [
        *_levels(report),
        *_switched_off(report),
        *report.doubts,
        f"{len(scenarios)} scenarios on {len(labels)} backends: {len(report)} runs, "
        f"{sources.count(Source.RECORDING)} from recordings, {sources.count(Source.LIVE)} live, "
        f"{sources.count(Source.DERIVED)} derived, {sources.count(Source.SCRIPT)} from scripts",
        f"live connections: {report.total('live')}, interactions played: {report.total('played')}, "
        f"unplayed: {report.total('unplayed')}, orphaned: {orphaned}",
    ]


SHOWN = 10
"""How many of what was switched off are named; the results file names all."""


def _levels(report: Report) -> list[str]:
    newer = (report.footer or {}).get("newer", {})
    pinned = {f"{each['backend']}@{each['target']}": each.get("level") for each in _backends(report)}
    return [
        f"{label}: level {level}, {newer.get(label, 0)} scenarios of later levels are not asked"
        for label, level in pinned.items()
        if level is not None
    ]


def _backends(report: Report) -> list[Mapping[str, Any]]:
    return list(report.header.get("backends", ()))


def _switched_off(report: Report) -> list[str]:
    gone = (report.footer or {}).get("switched_off", [])
    more = [f"and {len(gone) - SHOWN} more"] if len(gone) > SHOWN else []
    remedy = "what a backend cannot do yet is declared as a known gap, with a link to its bug"
    told = [f"switched off, so that this run fails: {each}" for each in gone[:SHOWN]]
    return [*told, *more, remedy] if gone else []
