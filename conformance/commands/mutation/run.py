"""Runs the suite over every mutant, and shows which scenarios kill it, or that it survived."""

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

from conformance import SUITE
from conformance.commands.command import suite_arguments
from conformance.commands.mutation import MUTANTS, Mutant
from conformance.commands.mutation.request_mutations import REQUEST_MUTATIONS
from conformance.commands.mutation.targets import REQUEST_MUTATED
from conformance.report.counts import counted
from conformance.report.file import read
from conformance.report.results import Fault, Result

FAULTY = {mutant.name for mutant in MUTANTS} | REQUEST_MUTATIONS.keys()
"""The names of the targets with a fault."""

WIDTH = 160
"""Columns of the table if the output is not a terminal."""

SHOWN = 3
"""How many of the scenarios that killed a mutant are shown."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        failed: the results that failed.
        did_run: whether the scenario that must fail was run.
    """

    mutant: Mutant
    failed: Sequence[Result]
    did_run: bool

    @property
    def survived(self) -> bool:
        """Whether the scenario that must fail did not; if it was not run, any other will do."""
        named = [result for result in self.failed if self.mutant.is_killed_by(result.id)]
        return not (named if self.did_run else self.failed)


@dataclass
class Run:
    """A run over mutants.

    Attributes:
        status: the exit status of pytest.
        output: the output of pytest.
        results: every result.
        request_mutated: the ids of the tests whose requests were changed.
    """

    status: int
    output: str
    results: list[Result] = field(default_factory=list)
    request_mutated: set[str] = field(default_factory=set)

    def of(self, backend: str) -> list[Result]:
        """The results of a backend."""
        return [result for result in self.results if result.backend == backend]

    def verdict(self, mutant: Mutant) -> Verdict:
        """What became of ``mutant``."""
        results = self.of(mutant.name)
        did_run = any(mutant.is_killed_by(result.id) for result in results)
        return Verdict(mutant, [each for each in results if each.outcome.is_failure], did_run)

    @property
    def false_alarms(self) -> list[Result]:
        """The failures of correct backends and of the control."""
        return [each for each in self.results if each.backend not in FAULTY and each.outcome.is_failure]

    @property
    def surviving_requests(self) -> list[Result]:
        """The results that did not fail although a request was changed."""
        return [
            each
            for each in self.results
            if each.rerun in self.request_mutated and not each.outcome.is_failure
        ]


def run_mutants(
    label: str, pattern: str | None = None, *, whole: bool = False, scenarios: str = SUITE
) -> int:
    """Run the suite over the mutants of ``label``, show what happened, and return the exit status.

    Args:
        label: the correct backend@target.
        pattern: only these mutants, without correct backends and request mutations; None for all.
        whole: run each on the whole suite, not only on the group of the scenario that must fail.
        scenarios: the package of the suite.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    if pattern and not fnmatch.filter([each.name for each in MUTANTS], pattern):
        console.print(f"no mutant is called {pattern}", markup=False, highlight=False)
        return pytest.ExitCode.USAGE_ERROR
    narrowed = ["--mutants", pattern] if pattern else ["--correct"]
    narrowed += ["--whole"] if whole else []
    run = _run_suite(label, narrowed, scenarios, 0 if pattern else os.cpu_count() or 1, console)
    if run.status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        console.print(run.output, markup=False)
        return run.status
    return _show(run, console)


def _run_suite(label: str, narrowed: Sequence[str], scenarios: str, workers: int, console: Console) -> Run:
    """Run the scenarios over the mutants of ``label``."""
    watcher = _Watcher(console)
    output = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        # A leak must fail its own scenario, not the one in which the garbage is collected.
        quiet = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:unraisableexception"]
        arguments = [
            *suite_arguments(Path.cwd(), scenarios),
            *("-p", "conformance.commands.mutation.plugin", "--mutate", label, *narrowed),
            *(*quiet, "-n", str(workers), "--results", str(results)),
        ]
        with redirect_stdout(output), watcher.progress:
            status = pytest.main(arguments, plugins=[watcher])
        lines = read(results).results if results.is_file() else []
    return Run(int(status), output.getvalue(), lines, watcher.request_mutated)


class _Watcher:
    """A plugin that shows the progress of a run and collects the tests whose requests were changed."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("running"), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console, transient=True)
        self.request_mutated: set[str] = set()
        self._task = self.progress.add_task("running", total=None)

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
        if facts is not None and (REQUEST_MUTATED, True) in report.user_properties:
            self.request_mutated.add(facts["rerun"])
        if report.when == "teardown":
            self.progress.advance(self._task)


def _show(run: Run, console: Console) -> int:
    names = {result.backend for result in run.results}
    verdicts = [run.verdict(each) for each in MUTANTS if each.name in names]
    survived = [each.mutant for each in verdicts if each.survived]
    correct = sorted({result.label for result in run.results if result.backend not in FAULTY})
    console.print(_table(verdicts))
    lines = [
        *(f"survived: {each.name}: {each.killed_by} should fail" for each in survived),
        *(f"a correct backend failed: {each.title}: {each.reason}" for each in run.false_alarms),
        *(f"a request mutation survived: {each.backend} in {each.id}" for each in run.surviving_requests),
        f"{len(verdicts) - len(survived)} of {counted(len(verdicts), 'mutant')} killed",
        f"{counted(len(run.false_alarms), 'run')} failed on correct backends: {', '.join(correct)}",
    ]
    if run.request_mutated:
        changes = {result.backend for result in run.results if result.rerun in run.request_mutated}
        lines.append(
            f"{counted(len(changes), 'request mutation')} in {counted(len(run.request_mutated), 'run')}: "
            f"{len(run.surviving_requests)} survived"
        )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if survived or run.false_alarms or run.surviving_requests or not verdicts else 0


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title="each mutant, the scenario whose law it breaks, and those that failed"
    )
    table.add_column("mutant")
    table.add_column("killed by", justify="right")
    table.add_column("first of them", overflow="fold")
    for each in verdicts:
        faults = Counter(result.fault for result in each.failed)
        counts = [f"{faults[fault]} {fault}" for fault in Fault if faults[fault]]
        first = sorted(each.failed, key=lambda result: not each.mutant.is_killed_by(result.id))[:SHOWN]
        table.add_row(
            f"{each.mutant.name}\n  {each.mutant.killed_by}",
            "\n".join([*(["survived"] if each.survived else []), *counts]),
            "\n".join(result.id for result in first),
        )
    return table
