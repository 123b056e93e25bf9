"""The matrix and the closing lines, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from conformance.report.results import Outcome, Result, Results, Source

WIDTH = 1000
"""Columns that the matrix may take; it takes as many as it has backends and groups."""


LEGEND = "passed/total by group; below: where the answers came from (g known gaps, u declared unsupported)"

_SOURCES = {
    Source.RECORDING: "recorded",
    Source.LIVE: "live",
    Source.DERIVED: "derived",
    Source.SCRIPT: "scripted",
}


def matrix(results: Results) -> str:
    """Group by backend@target: passed of total, and below how many answers came from where.

    The target with the fewest problems stands first.
    """
    labels = dict.fromkeys(result.label for result in results)
    columns = {label: [result for result in results if result.label == label] for label in labels}
    ranked = sorted(columns.values(), key=_problems)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("group")
    for column in ranked:
        table.add_column(column[0].label.replace("@", "\n@"), justify="right")
    for group in dict.fromkeys(result.group for result in results):
        table.add_row(group, *(_cell([each for each in column if each.group == group]) for column in ranked))
    table.add_section()
    table.add_row("all", *(_cell(column) for column in ranked))
    for source, word in _SOURCES.items():
        counts = [sum(each.source is source for each in column) for column in ranked]
        if any(counts):
            table.add_row(word, *(str(count or "-") for count in counts))
    return f"{LEGEND}\n{_rendered(table)}"  # no title: rich folds one to the width of its table


def _problems(column: Iterable[Result]) -> int:
    fine = (Outcome.PASSED, Outcome.UNSUPPORTED)
    return sum(result.outcome not in fine for result in column)


def _cell(results: list[Result]) -> str:
    if not results:
        return "-"
    outcomes = [result.outcome for result in results]
    others = ((outcomes.count(Outcome.KNOWN_GAP), "g"), (outcomes.count(Outcome.UNSUPPORTED), "u"))
    parts = [f"{count}{letter}" for count, letter in others if count]
    return " ".join([*parts, f"{outcomes.count(Outcome.PASSED)}/{len(results)}"])


PROBE = "capabilities/capability-"
"""How the scenarios that probe one capability are called; others only need one."""


def capabilities(results: Results) -> str:
    """Backend@target by capability: what was measured, and where a declaration says otherwise; or nothing."""
    probed = [result for result in results if result.id.startswith(PROBE) and result.measured]
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
    return _rendered(table)


def _capability(result: Result) -> str:
    if result.declared is None:
        return result.measured
    return f"{result.measured} {'=' if result.measured == ('yes' if result.declared else 'refused') else '!'}"


def _rendered(table: Table) -> str:
    # Not the terminal's own console: the text goes through pytest, which knows where it is shown.
    console = Console(file=StringIO(), width=WIDTH, force_terminal=False, color_system=None)
    console.print(table)
    file = console.file
    assert isinstance(file, StringIO)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def problems(results: Results) -> list[str]:
    """What failed and why, what is a known gap, and how to run each again."""
    lines = []
    for outcome in (Outcome.FAILED, Outcome.UNMEASURED, Outcome.KNOWN_GAP):
        for result in results:
            if result.outcome is outcome:
                lines += [f"{outcome}: {result.label} {result.id}: {result.reason}"]
                lines += [f"    pytest '{result.rerun}'"] if outcome is Outcome.FAILED else []
    return lines


def closing(results: Results) -> list[str]:
    """How many scenarios ran on how many backends, and whether anything was live, unplayed or orphaned."""
    scenarios = {result.id for result in results}
    labels = {result.label for result in results}
    sources = [result.source for result in results]
    orphaned = "not looked for" if results.orphans is None else str(len(results.orphans))
    return [
        f"{len(scenarios)} scenarios on {len(labels)} backends: {len(results)} runs, "
        f"{sources.count(Source.RECORDING)} from recordings, {sources.count(Source.LIVE)} live, "
        f"{sources.count(Source.DERIVED)} derived, {sources.count(Source.SCRIPT)} from scripts",
        f"live connections: {results.total('live')}, interactions played: {results.total('played')}, "
        f"unplayed: {results.total('unplayed')}, orphaned: {orphaned}",
    ]
