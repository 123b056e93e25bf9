"""The session of a run: collects the results, writes them, shows the matrix, finds orphans."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from conformance.printable import printable
from conformance.recording.cassette.file import orphans
from conformance.report import terminal
from conformance.report.age import ages
from conformance.report.file import Writer
from conformance.report.results import Outcome, Report, Result
from conformance.runner.collection.completeness import excused
from conformance.runner.mode import ANSWERS, RunMode
from conformance.runner.originals import SUITE
from conformance.runner.results.counting import Counting, count_once
from conformance.runner.results.header import header, time_limit
from conformance.runner.results.inventory import COLLECTED, WATCHED, Inventory, WorkerSession, take_over
from conformance.runner.results.result import result_of
from conformance.runner.targets.target import Target
from conformance.runner.watchdog import GIVE_UP, Overseer, Watchdog, ended_by, give_up


def register(config: pytest.Config, targets: list[Target]) -> None:
    """Register a :class:`Session`, or in a worker of xdist a :class:`WorkerSession`.

    With xdist, items exist only in the workers, and all reports arrive at the controller.
    """
    if hasattr(config, "workerinput"):
        if not (folder := Path(config.workerinput[WATCHED])).is_dir():  # a worker on another machine
            own = TemporaryDirectory(prefix="conformance-")
            config.add_cleanup(own.cleanup)
            folder = Path(own.name)
        config.pluginmanager.register(WorkerSession(config, folder))
        config.pluginmanager.register(Watchdog(folder, config.workerinput["workerid"], time_limit(config)))
        return
    session = Session(config, targets)
    config.pluginmanager.register(session)
    config.pluginmanager.register(Counting(session.report))


@contextmanager
def _writing() -> Iterator[None]:
    """End the run where its results file cannot be written: a full disk is no error of the suite."""
    try:
        yield
    except OSError as error:
        pytest.exit(f"--results: {error}", returncode=pytest.ExitCode.USAGE_ERROR)


class Session(Inventory):
    """Collects the results of a run, in the process where all reports arrive."""

    def __init__(self, config: pytest.Config, targets: list[Target]) -> None:
        super().__init__(config)
        self._targets = targets
        self._writer: Writer | None = None
        self._reports: dict[str, list[pytest.TestReport]] = {}
        self._finished: set[str] = set()
        self._lost: list[str] = []
        self._ended: Counter[str] = Counter()
        self._watched: TemporaryDirectory[str] | None = None
        self.report = Report()

    def pytest_sessionstart(self) -> None:
        """Open the results file if there is one."""
        # What a conftest.py has replaced already, that is: before it counts.
        self._replaced = [*SUITE.restored()]
        self.report.header = header(self._config, self._targets)
        if (file := self._config.getoption("results")) is not None:
            try:
                self._writer = Writer(file, self.report.header)
            except OSError as error:
                raise pytest.UsageError(f"--results: {error}") from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the report of a phase; make the result before pytest counts the last phase."""
        ended_worker = report.when not in ("setup", "call", "teardown")
        if report.nodeid in self._finished:
            how = "its process ended after its result" if ended_worker else "it gave more than one result"
            self.switched_off.append((report.nodeid, how))
            return
        if ended_worker and not hasattr(report, "conformance"):
            self._lost.append(report.nodeid)
            return
        self._reports.setdefault(report.nodeid, []).append(report)
        if ended_worker or report.when == "teardown":
            self._finish(self._reports.pop(report.nodeid))

    def _finish(self, reports: list[pytest.TestReport]) -> None:
        result = result_of(reports)
        if result is None:
            return
        self._finished.add(reports[-1].nodeid)
        count_once(reports, result)
        if self._writer is not None:
            with _writing():
                self._writer.add(result)
            # The file has it; the answers of thousands of runs would fill the memory.
            result = replace(result, transcript=None)
        self.report.results.append(result)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where to note which scenario it runs."""
        if self._watched is None:
            self._watched = TemporaryDirectory(prefix="conformance-")
            self._overseer = Overseer(Path(self._watched.name))
        node.workerinput[WATCHED] = self._watched.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker on another machine collected; one that crashed tells nothing."""
        collected = getattr(node, "workeroutput", {}).get(COLLECTED)
        if self._watched is not None and collected is not None:
            take_over(Path(self._watched.name), node.gateway.id, collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, report: Any) -> None:
        """Make the report of a scenario that ended its worker that of an ordinary error."""
        assert self._watched is not None, "a worker was configured before it could crash"
        folder = Path(self._watched.name)
        ended = ended_by(folder, report.node.gateway.id)
        if ended is not None:
            self._ended[ended.label] += 1
            if self._ended[ended.label] == GIVE_UP:
                give_up(folder, ended.label)
            report.conformance, report.crashed = ended.facts, True
            report.longrepr = ended.reason
            report.cause = {"words": ended.cause}
            report.sections.append(("what each thread was doing", ended.stacks))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Find orphans and what has no result, fail the run for them, and close the results file."""
        self._take_over_collected()
        self.switched_off += [("the suite", told) for told in [*self._replaced, *SUITE.restored()]]
        self.report.results.sort(key=lambda result: result.index)
        self._lost += [title for test, title in self.asked.items() if test not in self._finished]
        self._lost += [test for test in self._reports if test not in self.asked]
        self._add_excused()
        if self.complete and self._replays_all_recordings():
            owned = [self._root / path for path in self.owned]
            self.report.orphans = [str(path) for path in orphans(self._root, owned)]
        # The exit status alone must show that a part of the suite was not asked.
        is_cut = (self.switched_off or self._lost) and not self._config.getoption("collectonly")
        if session.exitstatus == pytest.ExitCode.OK and (self.report.orphans or is_cut):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.report.footer = self._footer(int(session.exitstatus))
        if self._writer is not None:
            with _writing():
                self._writer.close(self.report.footer)
        if self._watched is not None:
            self._overseer.stop()
            self._watched.cleanup()

    def _replays_all_recordings(self) -> bool:
        """Whether this run knows every owner: a backend of the command line and a live server own none."""
        replays = self._config.stash[ANSWERS].mode is RunMode.REPLAY
        return replays and self._config.getoption("backend") is None

    def _add_excused(self) -> None:
        """Add scenarios that were skipped or expected to fail at run time, if they are not named already."""
        named = {title for title, _ in self.switched_off}
        own = [result for result in self.report.results if not self._is_given_up(result)]
        found = excused(own, self._targets)
        self.switched_off = [*self.switched_off, *(each for each in found if each[0] not in named)]
        self.complete = self.complete and not self.switched_off and not self._lost

    def _is_given_up(self, result: Result) -> bool:
        return result.outcome is Outcome.UNMEASURED and self._ended[result.label] >= GIVE_UP

    def _take_over_collected(self) -> None:
        """With workers, only they collect."""
        if self._watched is None:
            return
        file = Path(self._watched.name, COLLECTED)
        if not file.is_file():
            self.switched_off.append(("the suite", "no worker has collected it"))
            return
        for name, value in json.loads(file.read_text("utf-8")).items():
            setattr(self, name, [*self.switched_off, *value] if name == "switched_off" else value)

    def _footer(self, status: int) -> dict[str, Any]:
        return {
            "runs": len(self.report),
            "counts": {str(outcome): count for outcome, count in self.report.counts().items()},
            "exit_status": status,
            "complete": self.complete,
            "switched_off": [f"{name}: {how}" for name, how in self.switched_off],
            "newer": self.newer,
            "lost": self._lost,
            "given_up": Counter(each.label for each in self.report.results if self._is_given_up(each)),
            "orphans": self.report.orphans,
        }

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the matrix if it is asked for, and always the closing lines."""
        if not len(self.report) and not self.switched_off:
            if scenario := self._config.getoption("scenario"):
                near = f" (did you mean {', '.join(self.near)}?)" if self.near else ""
                terminalreporter.write_line(
                    f"--scenario: {scenario!r} matches nothing that was collected{near}: "
                    "conformance list scenarios"
                )
            return
        lines = []
        if self._config.getoption("matrix"):
            terminalreporter.section("conformance")
            lines += terminal.shown(self.report)
        if self._config.getoption("contract"):
            lines += terminal.contract(self.report)
        lines += [f"orphaned: {path} belongs to no scenario: delete it" for path in self.report.orphans or []]
        for line in [*lines, *ages(self.report.results), *terminal.closing(self.report)]:
            terminalreporter.write_line(printable(line))
