"""Runs the suite over every saboteur, and shows which were caught, by what, and which escaped."""

from __future__ import annotations

import fnmatch
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

from conformance.commands.mutation import SABOTEURS, Saboteur
from conformance.commands.mutation.request_changes import CHANGES
from conformance.commands.mutation.targets import PERTURBED
from conformance.entry import SUITE, asking
from conformance.report.file import read
from conformance.report.results import Fault, Result

WRONG = {saboteur.name for saboteur in SABOTEURS} | {change.name for change in CHANGES}
"""The names of the backends that are wrong or whose requests are changed."""

WIDTH = 160
"""Columns of the table if the output is not a terminal."""

SHOWN = 3
"""How many of the scenarios that caught a saboteur are shown."""


@dataclass(frozen=True)
class Verdict:
    """What became of a saboteur.

    Attributes:
        saboteur: the saboteur.
        failed: the results that failed.
        was_asked: whether the scenario that must fail was run.
    """

    saboteur: Saboteur
    failed: Sequence[Result]
    was_asked: bool

    @property
    def escaped(self) -> bool:
        """Whether the scenario that must fail did not; if it was not run, any other will do."""
        named = [result for result in self.failed if self.saboteur.is_caught_by(result.id)]
        return not (named if self.was_asked else self.failed)


@dataclass
class Run:
    """A sabotage run.

    Attributes:
        status: the exit status of pytest.
        output: the output of pytest.
        results: every result.
        perturbed: the ids of the tests whose requests were changed.
    """

    status: int
    output: str
    results: list[Result] = field(default_factory=list)
    perturbed: set[str] = field(default_factory=set)

    def of(self, backend: str) -> list[Result]:
        """The results of a backend."""
        return [result for result in self.results if result.backend == backend]

    def verdict(self, saboteur: Saboteur) -> Verdict:
        """What became of ``saboteur``."""
        results = self.of(saboteur.name)
        was_asked = any(saboteur.is_caught_by(result.id) for result in results)
        return Verdict(saboteur, [each for each in results if each.outcome.is_failure], was_asked)

    @property
    def false_alarms(self) -> list[Result]:
        """The failures of correct backends and of the control."""
        return [each for each in self.results if each.backend not in WRONG and each.outcome.is_failure]

    @property
    def unnoticed(self) -> list[Result]:
        """The runs that did not fail although their requests were changed."""
        return [each for each in self.results if each.rerun in self.perturbed and not each.outcome.is_failure]


def sabotage(label: str, pattern: str | None = None, *, whole: bool = False, scenarios: str = SUITE) -> int:
    """Run the suite over the saboteurs of ``label``, show what happened, and return the exit status.

    Args:
        label: the correct backend@target.
        pattern: only these saboteurs, without correct backends and changed requests; None for all.
        whole: run each on the whole suite, not only on the group of the scenario that must fail.
        scenarios: the package of the suite.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    if pattern and not fnmatch.filter([each.name for each in SABOTEURS], pattern):
        console.print(f"no saboteur is called {pattern}", markup=False, highlight=False)
        return pytest.ExitCode.USAGE_ERROR
    narrowed = ["--saboteurs", pattern] if pattern else ["--right"]
    narrowed += ["--whole"] if whole else []
    run = ask(label, narrowed, scenarios, 0 if pattern else os.cpu_count() or 1, console)
    if run.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        console.print(run.output, markup=False)
        return run.status
    return _show(run, console)


def ask(label: str, narrowed: Sequence[str], scenarios: str, workers: int, console: Console) -> Run:
    """Run the scenarios over the saboteurs of ``label``."""
    watcher = _Watcher(console)
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        # A leak must fail its own scenario, not the one in which the garbage is collected.
        quiet = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        arguments = [
            *asking(Path.cwd(), scenarios),
            *("-p", "conformance.commands.mutation.plugin", "--sabotage", label, *narrowed),
            *(*quiet, "-n", str(workers), "--results", str(results)),
        ]
        with redirect_stdout(output), watcher.progress:
            status = pytest.main(arguments, plugins=[watcher])
        lines = read(results).results if results.is_file() else []
    return Run(int(status), output.getvalue(), lines, watcher.perturbed)


class _Watcher:
    """A plugin that shows the progress of a run and collects the tests whose requests were changed."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("asking"), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console, transient=True)
        self.perturbed: set[str] = set()
        self._task = self.progress.add_task("asking", total=None)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the scenarios, in a run in one process."""
        if session.items:
            self.progress.update(self._task, total=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Count them with workers: each collects all."""
        self.progress.update(self._task, total=len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a finished scenario."""
        facts = getattr(report, "conformance", None)
        if facts is not None and (PERTURBED, True) in report.user_properties:
            self.perturbed.add(facts["rerun"])
        if report.when == "teardown":
            self.progress.advance(self._task)


def _show(run: Run, console: Console) -> int:
    names = {result.backend for result in run.results}
    verdicts = [run.verdict(each) for each in SABOTEURS if each.name in names]
    escaped = [each.saboteur for each in verdicts if each.escaped]
    correct = sorted({result.label for result in run.results if result.backend not in WRONG})
    console.print(_table(verdicts))
    lines = [
        *(f"escaped: {each.name}: {each.caught_by} should fail: {each.law}" for each in escaped),
        *(f"a correct backend failed: {each.label} {each.id}: {each.reason}" for each in run.false_alarms),
        *(f"a changed request was not noticed: {each.backend} in {each.id}" for each in run.unnoticed),
        f"{len(verdicts) - len(escaped)} of {len(verdicts)} saboteurs caught",
        f"{len(run.false_alarms)} scenarios failed on correct backends: {', '.join(correct)}",
    ]
    if run.perturbed:
        changes = {result.backend for result in run.results if result.rerun in run.perturbed}
        lines.append(
            f"{len(changes)} request changes in {len(run.perturbed)} recorded scenarios: "
            f"{len(run.unnoticed)} not noticed"
        )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if escaped or run.false_alarms or run.unnoticed or not verdicts else 0


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title="each saboteur, the law that it breaks, and the scenarios that failed"
    )
    table.add_column("saboteur")
    table.add_column("caught by", justify="right")
    table.add_column("first of them", overflow="fold")
    for each in verdicts:
        faults = Counter(result.fault for result in each.failed)
        counts = [f"{faults[fault]} {fault}" for fault in Fault if faults[fault]]
        first = sorted(each.failed, key=lambda result: not each.saboteur.is_caught_by(result.id))[:SHOWN]
        table.add_row(
            f"{each.saboteur.name}\n  {each.saboteur.law}",
            "\n".join([*(["escaped"] if each.escaped else []), *counts]),
            "\n".join(result.id for result in first),
        )
    return table
