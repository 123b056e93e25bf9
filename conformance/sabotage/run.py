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

from conformance.entry import SUITE, asking
from conformance.report.file import read
from conformance.report.results import Fault, Result
from conformance.sabotage import SABOTEURS, Saboteur
from conformance.sabotage.gate import CHANGES
from conformance.sabotage.targets import PERTURBED

WRONG = {saboteur.name for saboteur in SABOTEURS} | {change.name for change in CHANGES}
"""The names of the backends that are wrong, or whose requests are changed."""

WIDTH = 160
"""Columns of the table where nobody sees it in a terminal."""

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
        return Caught(saboteur, [each for each in results if each.outcome.is_failure], asked)

    @property
    def wronged(self) -> list[Result]:
        """Right backends that failed, and the one that is only wrapped."""
        return [each for each in self.results if each.backend not in WRONG and each.outcome.is_failure]

    @property
    def missed(self) -> list[Result]:
        """Scenarios that did not notice that their requests were changed."""
        return [each for each in self.results if each.rerun in self.perturbed and not each.outcome.is_failure]


def sabotage(label: str, pattern: str | None = None, *, whole: bool = False, scenarios: str = SUITE) -> int:
    """Ask the saboteurs of ``label`` the suite, show what happened, and return the exit status.

    Args:
        label: the right backend@target.
        pattern: only these saboteurs, and neither right backends nor changed requests; None for all.
        whole: ask each of them the whole suite, and not only the group that its law stands in.
        scenarios: the package of the suite.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    narrowed = ["--saboteurs", pattern] if pattern else ["--right"]
    narrowed += ["--whole"] if whole else []
    run = ask(label, narrowed, scenarios, 0 if pattern else os.cpu_count() or 1, console)
    if run.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        console.print(run.output, markup=False)
        return run.status
    return _show(run, console)


def ask(label: str, narrowed: Sequence[str], scenarios: str, workers: int, console: Console) -> Run:
    """Run the scenarios over the saboteurs of ``label``."""
    watching = _Watching(console)
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        # Leaks of saboteurs are found by scenarios, not by the garbage collector in somebody else's.
        quiet = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        arguments = [
            *asking(Path.cwd(), scenarios),
            *("-p", "conformance.sabotage.plugin", "--sabotage", label, *narrowed),
            *(*quiet, "-n", str(workers), "--results", str(results)),
        ]
        with redirect_stdout(said), watching.shown:
            status = pytest.main(arguments, plugins=[watching])
        lines = read(results).results if results.is_file() else []
    return Run(int(status), said.getvalue(), lines, watching.perturbed)


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
        facts = getattr(report, "conformance", None)
        if facts is not None and (PERTURBED, True) in report.user_properties:
            self.perturbed.add(facts["rerun"])
        if report.when == "teardown":
            self.shown.advance(self._task)


def _show(run: Run, console: Console) -> int:
    names = {result.backend for result in run.results}
    met = [run.caught(each) for each in SABOTEURS if each.name in names]
    escaped = [each.saboteur for each in met if each.escaped]
    rights = sorted({result.label for result in run.results if result.backend not in WRONG})
    console.print(_table(met))
    lines = [
        *(f"escaped: {each.name}: {each.caught_by} must notice that: {each.law}" for each in escaped),
        *(f"right, but caught: {each.label} by {each.id}: {each.reason}" for each in run.wronged),
        *(f"changed, but not noticed: {each.backend} in {each.id}" for each in run.missed),
        f"{len(met) - len(escaped)} of {len(met)} saboteurs caught",
        f"{len(run.wronged)} scenarios failed on right backends: {', '.join(rights)}",
    ]
    if run.perturbed:
        changes = {result.backend for result in run.results if result.rerun in run.perturbed}
        lines.append(
            f"{len(changes)} changes of requests in {len(run.perturbed)} recorded scenarios: "
            f"{len(run.missed)} not noticed"
        )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if escaped or run.wronged or run.missed or not met else 0


def _table(met: Sequence[Caught]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="each saboteur, the law that it breaks, and who noticed")
    table.add_column("saboteur")
    table.add_column("caught by", justify="right")
    table.add_column("the first of them", overflow="fold")
    for each in met:
        faults = Counter(result.fault for result in each.by)
        counts = [f"{faults[fault]} {fault}" for fault in Fault if faults[fault]]
        first = sorted(each.by, key=lambda result: not each.saboteur.is_caught_by(result.id))[:SHOWN]
        table.add_row(
            f"{each.saboteur.name}\n  {each.saboteur.law}",
            "\n".join([*(["escaped"] if each.escaped else []), *counts]),
            "\n".join(result.id for result in first),
        )
    return table
