"""Runs the suite over every saboteur, and shows who was caught, by what, and who escaped."""

from __future__ import annotations

import io
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich import box
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from conformance.recorder.run import SCENARIOS
from conformance.report.results import Fault, Outcome, Result, read_lines
from conformance.sabotage import SABOTEURS, Saboteur
from conformance.sabotage.gate import CHANGES
from conformance.sabotage.targets import PERTURBED

WRONG = {saboteur.name for saboteur in SABOTEURS} | {change.name for change in CHANGES}
"""The names of the backends that are wrong, or whose requests are changed."""

SHOWN = 3
"""How many of the scenarios that caught a saboteur are named."""


@dataclass(frozen=True)
class Caught:
    """What a saboteur met.

    Attributes:
        saboteur: who it is.
        by: the results that failed.
        asked: whether the scenario that must notice was asked at all.
    """

    saboteur: Saboteur
    by: Sequence[Result]
    asked: bool

    @property
    def escaped(self) -> bool:
        """Whether the scenario that must notice did not; where it is not asked, any other will do."""
        named = [result for result in self.by if self.saboteur.is_caught_by(result.id)]
        return not (named if self.asked else self.by)


@dataclass
class Run:
    """A run of sabotage.

    Attributes:
        status: the exit status of pytest.
        output: what pytest said.
        results: every result.
        perturbed: the tests whose requests were changed.
    """

    status: int
    output: str
    results: list[Result] = field(default_factory=list)
    perturbed: set[str] = field(default_factory=set)

    def of(self, backend: str) -> list[Result]:
        """The results of a backend."""
        return [result for result in self.results if result.backend == backend]

    def caught(self, saboteur: Saboteur) -> Caught:
        """What ``saboteur`` met."""
        results = self.of(saboteur.name)
        asked = any(saboteur.is_caught_by(result.id) for result in results)
        return Caught(saboteur, [each for each in results if each.outcome is Outcome.FAILED], asked)

    @property
    def wronged(self) -> list[Result]:
        """Right backends that failed, and the one that is only wrapped."""
        wrong = {each.name for each in (*SABOTEURS, *CHANGES)}
        return [each for each in self.results if each.backend not in wrong and each.outcome is Outcome.FAILED]

    @property
    def missed(self) -> list[Result]:
        """Scenarios that did not notice that their requests were changed."""
        return [
            each
            for each in self.results
            if each.rerun in self.perturbed and each.outcome is not Outcome.FAILED
        ]


def sabotage(
    label: str, pattern: str | None = None, *, whole: bool = False, console: Console | None = None
) -> int:
    """Ask the saboteurs of ``label`` the suite, show what happened, and return the exit status.

    Args:
        label: the right backend@target.
        pattern: only these saboteurs, and neither right backends nor changed requests; None for all.
        whole: ask each of them the whole suite, and not only the group that its law stands in.
        console: where to show it.
    """
    console = console or Console()
    run = ask(label, pattern, console, whole=whole)
    if run.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        console.print(run.output, markup=False)
        return run.status
    return _show(run, console)


def ask(label: str, pattern: str | None, console: Console, *, whole: bool = False) -> Run:
    """Run the suite over the saboteurs, in a process for each core."""
    progress = _Watching(console)
    said = io.StringIO()
    narrowed = ["--saboteurs", pattern] if pattern else ["--right"]
    narrowed += ["--whole"] if whole else []
    workers = 0 if pattern else os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        # Leaks of saboteurs are found by scenarios, not by the garbage collector in somebody else's.
        quiet = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        arguments = [
            *(str(SCENARIOS), "-c", "pyproject.toml", "-p", "conformance.plugin"),
            *("-p", "conformance.sabotage.plugin", "--sabotage", label, *narrowed),
            *(*quiet, "-n", str(workers), "--results", str(results)),
        ]
        with redirect_stdout(said), progress.shown:
            status = pytest.main(arguments, plugins=[progress])
        lines = read_lines(results) if results.is_file() else []
    return Run(int(status), said.getvalue(), lines, progress.perturbed)


class _Watching:
    """A plugin that shows how far a run is, and keeps which tests had their requests changed."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("asking"), MofNCompleteColumn(), TimeElapsedColumn())
        self.shown = Progress(*columns, console=console, transient=True)
        self.perturbed: set[str] = set()
        self._task = self.shown.add_task("asking", total=None)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many scenarios there are, in one process."""
        if session.items:
            self.shown.update(self._task, total=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn it from a worker."""
        self.shown.update(self._task, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a scenario at its end."""
        if (PERTURBED, True) in report.user_properties:
            self.perturbed.add(report.nodeid)
        if report.when == "teardown":
            self.shown.advance(self._task)


def _show(run: Run, console: Console) -> int:
    names = {result.backend for result in run.results}
    met = [run.caught(each) for each in SABOTEURS if each.name in names]
    escaped = [each for each in met if each.escaped]
    console.print(_table(met))
    for each in escaped:
        console.print(
            f"escaped: {each.saboteur.name}: {each.saboteur.caught_by} must notice that: {each.saboteur.law}"
        )
    for result in run.wronged:
        console.print(f"right, but caught: {result.label} by {result.id}: {result.reason}", markup=False)
    for result in run.missed:
        console.print(f"changed, but not noticed: {result.backend} in {result.id}")
    console.print(
        f"{len(met) - len(escaped)} of {len(met)} saboteurs caught; right backends: "
        f"{', '.join(sorted(names - WRONG))}: {len(run.wronged)} scenarios failed"
    )
    if run.perturbed:
        applied = Counter(result.backend for result in run.results if result.rerun in run.perturbed)
        console.print(
            f"{len(applied)} of {len(CHANGES)} changes of requests, {len(run.perturbed)} scenarios changed: "
            f"{len(run.perturbed) - len(run.missed)} missed their recording, {len(run.missed)} did not"
        )
    return 1 if escaped or run.wronged or run.missed or not met else 0


def _table(met: Sequence[Caught]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="saboteurs, the laws they break, and the scenarios that noticed")
    for column in ("saboteur", "law"):
        table.add_column(column)
    table.add_column("caught by", justify="right")
    for column in ("failed", "first"):
        table.add_column(column)
    for each in met:
        faults = Counter(result.fault for result in each.by)
        counts = ", ".join(f"{faults[fault]} {fault}" for fault in Fault if faults[fault])
        first = sorted(each.by, key=lambda result: not each.saboteur.is_caught_by(result.id))[:SHOWN]
        shown = "escaped" if each.escaped else str(len(each.by))
        table.add_row(
            each.saboteur.name, each.saboteur.law, shown, counts, "\n".join(result.id for result in first)
        )
    return table
