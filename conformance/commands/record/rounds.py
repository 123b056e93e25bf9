"""Asking real servers, in rounds, into the scratch folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.commands.record.budget import Budget
from conformance.commands.record.workspace import Workspace
from conformance.entry import suite_arguments
from conformance.report.file import read
from conformance.report.results import Result
from conformance.runner.mode import RecorderMode
from conformance.servers.hosted import HostedServers

ROUNDS = 3
"""How often one run asks for what a server wants to be asked later."""

SILENT = ("-p", "no:terminal", "-o", "addopts=")
"""Options that leave the terminal to the recorder; the project's own options may want pytest's."""

Say = Callable[[str], None]


class Asking:
    """Chooses what is asked; a plugin of a run that records or rehearses.

    Args:
        is_asked: whether a ``backend@target group/scenario`` is asked.

    Attributes:
        titles: what is asked, in its order.
        interrupted: whether the user ended it; pytest's exit status is the same when a collection fails.
    """

    def __init__(self, is_asked: Callable[[str], bool]) -> None:
        self.titles: list[str] = []
        self.interrupted = False
        self._is_asked = is_asked

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is not asked."""
        # Not above: the suite's assertions are rewritten when pytest imports it.
        from conformance.runner.collection.scenario import SCENARIO

        items[:] = [item for item in items if self._is_asked(item.stash[SCENARIO].title)]
        self.titles = [item.stash[SCENARIO].title for item in items]

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the user ended it."""
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)


class Progress:
    """Says what is being recorded while it is, and ends it when the budget is spent."""

    def __init__(self, say: Say, budget: Budget, noted: Callable[[], None]) -> None:
        self._say, self._money, self._noted = say, budget, noted
        self._done = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many scenarios there are."""
        self._session = session
        self._say(f"recording {len(session.items)} scenarios")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say which scenario is done, and what all of them have cost."""
        facts = getattr(report, "conformance", None)
        if report.when != "teardown" or not isinstance(facts, dict):
            return
        self._noted()
        self._done += 1
        title = "{backend}@{target} {group}/{scenario}".format(**facts)
        self._say(f"[{self._done}/{len(self._session.items)}] {title}{self._money.words}")
        if self._money.is_spent:
            self._say(f"--max-cost {self._money.limit:g} is spent: nothing more is asked")
            self._session.shouldstop = "the budget is spent"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say why nothing can be collected."""
        if report.failed:
            self._say(str(report.longrepr))


@dataclass(frozen=True)
class Asked:
    """What asking has come to.

    Attributes:
        results: of what the scratch folder has a recording of, and of what failed.
        left: what is left to be asked by another run.
    """

    results: Sequence[Result]
    left: Collection[str]


def recorded_live(
    workspace: Workspace,
    narrowed: Sequence[str],
    hosts: HostedServers,
    budget: Budget,
    say: Say,
    done: Collection[str] = (),
    among: Callable[[str], bool] = lambda _: True,
    noted: Callable[[], None] = lambda: None,
) -> Asked:
    """Record into the scratch folder what is ``among`` the wanted, neither ``done`` nor recorded there.

    A server that wants to be asked later is asked again in another round, at its own pace. After each
    scenario ``noted`` is called, to keep what it has cost.
    """
    known = {*done, *_recorded(workspace)}

    def is_new(title: str) -> bool:
        return title not in known and among(title)

    wanted: Callable[[str], bool] = is_new
    for _ in range(ROUNDS):
        hosts.rate_limited.clear()
        asked = _round(workspace, narrowed, wanted, [RecorderMode(hosts), Progress(say, budget, noted)])
        again = set(hosts.rate_limited)
        left = again | (asked - _results(workspace).keys())
        if not again or budget.is_spent:
            break
        say(f"{len(again)} scenarios were turned away; asking them again")
        wanted = again.__contains__
    results = [each for title, each in _results(workspace).items() if title not in left and title not in done]
    return Asked(results, left)


def _round(
    workspace: Workspace, narrowed: Sequence[str], wanted: Callable[[str], bool], plugins: Sequence[object]
) -> set[str]:
    """Ask once what is wanted; gives what was to be asked."""
    asking, file = Asking(wanted), workspace.folder / f"live-{len(_files(workspace)):03}.jsonl"
    cassettes = workspace.folder / "cassettes"
    # In this process: whoever kills the recorder kills what records, and with it the engine.
    pytest.main(
        [
            *arguments(workspace.root.parent, cassettes, narrowed),
            *("--snapshot-update", "--results", str(file), *SILENT),
        ],
        plugins=[asking, *plugins],
    )
    if asking.interrupted:
        raise KeyboardInterrupt
    return set(asking.titles)


def arguments(project: Path, cassettes: Path, narrowed: Sequence[str]) -> list[str]:
    """The arguments with which pytest asks the scenarios of a project."""
    return [*suite_arguments(project), *narrowed, "--cassettes", str(cassettes), "-p", "no:cacheprovider"]


def _files(workspace: Workspace) -> list[Path]:
    return sorted(workspace.folder.glob("live-*.jsonl"))


def _results(workspace: Workspace) -> dict[str, Result]:
    """The latest result of each scenario, by its title."""
    return {each.title: each for file in _files(workspace) for each in read(file)}


def _recorded(workspace: Workspace) -> list[str]:
    """What an earlier run has recorded and not yet put in place."""
    return [
        title
        for title, each in _results(workspace).items()
        if not each.outcome.is_failure and workspace.recording_of(each).is_file()
    ]
