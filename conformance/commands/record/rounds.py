"""Asks real servers, in rounds, and records their answers in the workspace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.commands.command import say, suite_arguments
from conformance.commands.record.budget import Budget
from conformance.commands.record.workspace import Workspace
from conformance.report.counts import counted
from conformance.report.file import ResultsError, read
from conformance.report.results import Report, Result
from conformance.runner.mode import RecorderMode
from conformance.servers.hosted import HostedServers

ROUNDS = 3
"""How often one run asks a server that answers that it is busy."""

SILENT = ("-p", "no:terminal", "-o", "addopts=")
"""Options that leave the terminal to the recorder; the project's own options may want pytest's."""


class ScenarioFilter:
    """A pytest plugin that keeps only the wanted scenarios of a run that records or rehearses.

    Args:
        is_wanted: whether a ``backend@target group/scenario`` is kept.

    Attributes:
        titles: the scenarios that were kept, in their order.
        interrupted: whether the user ended the run; pytest's exit status is the same when a collection fails.
        error: why a file of the run could not be written; None where all were.
    """

    def __init__(self, is_wanted: Callable[[str], bool] = lambda _: True) -> None:
        self.titles: list[str] = []
        self.interrupted = False
        self.error: OSError | None = None
        self._is_wanted = is_wanted

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remove the scenarios that are not wanted."""
        # Not above: the suite's assertions are rewritten when pytest imports it.
        from conformance.runner.collection.scenario import SCENARIO

        items[:] = [item for item in items if self._is_wanted(item.stash[SCENARIO].title)]
        self.titles = [item.stash[SCENARIO].title for item in items]

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the user ended the run, or that its results file could not be written."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            self.error = OSError(str(excinfo.value))
        else:
            self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool | None:
        """Remember that a disk was full or may not be written, in place of pytest's traceback."""
        self.error = excinfo.value if isinstance(excinfo.value, OSError) else None
        return True if self.error is not None else None

    def run(self, arguments: Sequence[str], *plugins: object) -> None:
        """Run pytest in this process; KeyboardInterrupt where the user ended it, OSError where a file did."""
        # In this process: whatever kills the recorder kills the recording, and with it the engine.
        status = pytest.main([*arguments, *SILENT], plugins=[self, *plugins])
        if self.interrupted:
            raise KeyboardInterrupt
        if self.error is not None:
            raise self.error
        if status == pytest.ExitCode.USAGE_ERROR:
            raise OSError("pytest could not begin; its reason is the line above")


class Progress:
    """A pytest plugin that prints each recorded scenario, and stops when the budget is spent."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._done = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Print how many scenarios there are."""
        self._session = session
        say(f"recording {counted(len(session.items), 'scenario')}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print the scenario that has ended, and what the run has cost so far."""
        facts = getattr(report, "conformance", None)
        if report.when != "teardown" or not isinstance(facts, dict):
            return
        self._done += 1
        title = "{backend}@{target} {group}/{scenario}".format(**facts)
        say(f"[{self._done}/{len(self._session.items)}] {title}{self._budget.words}")
        if self._budget.is_spent:
            say(f"--max-cost {self._budget.limit:g} is spent: nothing more is asked")
            self._session.shouldstop = "--max-cost is spent"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print why a file cannot be collected."""
        if report.failed:
            say(str(report.longrepr))


@dataclass(frozen=True)
class LiveRun:
    """What real servers have answered.

    Attributes:
        results: the scenarios that were recorded, and those that failed.
        left: each ``backend@target group/scenario`` that got no answer.
    """

    results: Sequence[Result]
    left: Collection[str]


def record_live(
    workspace: Workspace,
    options: Sequence[str],
    hosts: HostedServers,
    budget: Budget,
    is_wanted: Callable[[str], bool] = lambda _: True,
) -> LiveRun:
    """Record the wanted scenarios in the workspace; a server that is busy is asked again in another round."""
    found: dict[str, Result] = {}
    left: set[str] = set()
    for _ in range(ROUNDS):
        hosts.rate_limited.clear()
        wanted = ScenarioFilter(left.__contains__ if left else is_wanted)
        results = _round(workspace, options, wanted, RecorderMode(hosts), Progress(budget))
        found |= results
        left = hosts.rate_limited | (set(wanted.titles) - results.keys())
        if budget.is_spent or not hosts.rate_limited:
            break
        say(f"{counted(len(hosts.rate_limited), 'scenario')} met a busy server and will be asked again")
    return LiveRun([each for title, each in found.items() if title not in left], left)


def _round(
    workspace: Workspace, options: Sequence[str], wanted: ScenarioFilter, *plugins: object
) -> dict[str, Result]:
    """Ask every wanted scenario once; returns the results by their titles."""
    file = workspace.folder / "live.jsonl"
    file.unlink(missing_ok=True)
    cassettes = workspace.folder / "cassettes"
    wanted.run(
        [
            *arguments(workspace.root.parent, cassettes, options),
            *("--snapshot-update", "--results", str(file)),
        ],
        *plugins,
    )
    return {each.title: each for each in _read(file)}


def replayed_offline(
    root: Path, cassettes: Path, options: Sequence[str], results: Path
) -> tuple[Report, str]:
    """Replay ``cassettes`` for the project that owns ``root``; returns the report and the output.

    The report, which is written to ``results``, is empty where nothing could be collected.
    """
    results.unlink(missing_ok=True)
    options = [*options, "-q", "--only-recorded", "--results", str(results)]
    command = [sys.executable, "-m", "pytest", *arguments(root.parent, cassettes, options)]
    # In another process: nothing that recording left in this one may help the replay.
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return _read(results), run.stdout + run.stderr


def _read(results: Path) -> Report:
    """The report in a file; an empty one where the run ended, or the disk was full, before it was begun."""
    try:
        return read(results)
    except (FileNotFoundError, ResultsError):
        return Report()


def arguments(project: Path, cassettes: Path, options: Sequence[str]) -> list[str]:
    """The arguments with which pytest asks the scenarios of a project."""
    return [*suite_arguments(project), *options, "--cassettes", str(cassettes), "-p", "no:cacheprovider"]
