"""The end of a run: results written, matrix shown, orphans found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.backends import CASSETTES
from conformance.recording import orphans
from conformance.report import terminal
from conformance.report.age import ages
from conformance.report.results import write_lines
from conformance.suite.recorded import hosts_of
from conformance.suite.scenario import SCENARIO, Scenario
from conformance.suite.verdict import ResultCollector

SCENARIO_FILES = frozenset(path.stem for path in (Path(__file__).parents[1] / "scenarios").glob("test_*.py"))


def register(config: pytest.Config) -> None:
    """Add what collects and what closes: all reports arrive at the controller, items only at workers."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(WorkerClosing(config))
        return
    config.pluginmanager.register(Closing(config))


class Inventory:
    """What a process collected: the files that its scenarios own, and whether that is all of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._left_out: list[pytest.Item] = []
        self.order: list[str] = []
        self.owned: list[str] = []
        self.complete = False

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember what was left out."""
        self._left_out += items

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember what is run, and which recordings are owned."""
        self.order = [item.nodeid for item in session.items]
        self.owned = [
            str(path) for each in _recorded(session.items) for path in (each.cassette, each.snapshot)
        ]
        files = {item.path.stem for item in (*session.items, *self._left_out)}
        chosen = any(map(self._config.getoption, ("collectonly", "target", "scenario")))
        narrowed = chosen or any("::" in str(argument) for argument in self._config.args)
        # What owns no recording may be left out, as --only-recorded does.
        self.complete = files >= SCENARIO_FILES and not _recorded(self._left_out) and not narrowed


def _recorded(items: Sequence[pytest.Item]) -> list[Scenario]:
    scenarios = (item.stash[SCENARIO] for item in items if SCENARIO in item.stash)
    return [scenario for scenario in scenarios if scenario.is_recorded]


class WorkerClosing(Inventory):
    """Tells the controller what this worker collected."""

    def pytest_sessionfinish(self) -> None:
        """Send it, as plain data."""
        output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]  # xdist adds it
        output["conformance"] = {"order": self.order, "owned": self.owned, "complete": self.complete}


class Closing(Inventory, ResultCollector):
    """Closes a run where all reports arrive."""

    def __init__(self, config: pytest.Config) -> None:
        Inventory.__init__(self, config)
        ResultCollector.__init__(self)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker collected; every worker collects everything."""
        inventory = getattr(node, "workeroutput", {}).get("conformance")
        if inventory is not None:
            self.order, self.owned = inventory["order"], inventory["owned"]
            self.complete = inventory["complete"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Find orphans, fail the run for them, and write the results, in the order of one process."""
        place = {nodeid: number for number, nodeid in enumerate(self.order)}
        self.results.results.sort(key=lambda result: place.get(result.rerun, len(place)))
        root = self._config.getoption("cassettes") or self._config.rootpath / CASSETTES
        if self.complete and hosts_of(self._config) is None:
            self.results.orphans = orphans(root, [Path(path) for path in self.owned])
            if self.results.orphans and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        file = self._config.getoption("results")
        if file is not None:
            write_lines(self.results, file)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the matrix where it was asked for, and always the closing lines."""
        if not len(self.results):
            return
        lines = []
        if self._config.getoption("matrix"):
            terminalreporter.section("conformance")
            lines += terminal.matrix(self.results).splitlines()
            lines += terminal.capabilities(self.results).splitlines()
            lines += [*terminal.problems(self.results), ""]
        lines += [f"orphaned: no scenario owns {path}: delete it" for path in self.results.orphans or []]
        for line in [*lines, *ages(self.results), *terminal.closing(self.results)]:
            terminalreporter.write_line(line)
