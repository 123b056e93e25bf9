"""Judges source mutants: a plugin that collects the scenarios once, and forks a process for each mutant."""

from __future__ import annotations

import importlib
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from time import monotonic

import pytest

from conformance.commands.source_mutation.changes import Change
from conformance.commands.source_mutation.importing import Package, install
from conformance.commands.source_mutation.processes import Send, each_in_a_process, forked, silence
from conformance.commands.source_mutation.tracing import Lines, traced
from conformance.runner.collection.scenario import SCENARIO

PATIENCE = 10.0
"""Seconds that a mutant may take for a scenario, beside three times what the scenario takes without it."""

COLLECTING = 60.0
"""Seconds that it may take until the first scenario begins."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        change: the mutant.
        scenarios: how many scenarios run what it changes, of all targets.
        targets: how many targets that are.
        killer: the scenario that failed twice; None if the mutant survived.
        hung: whether it failed because it took too long.
    """

    change: Change
    scenarios: int
    targets: int
    killer: str | None = None
    hung: bool = False


@dataclass
class Baseline:
    """A run without any change.

    Attributes:
        seconds: what each scenario took, by its number; a scenario that failed is not in it.
        lines: the scenarios that run each line.
        files: the scenarios of the targets that run anything of a file, as bits too.
    """

    seconds: dict[int, float] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def add(self, seconds: dict[int, float], lines: Lines) -> None:
        """Add the scenarios of one target."""
        self.seconds |= seconds
        for place, which in lines.items():
            self.lines[place] = self.lines.get(place, 0) | which
        for file in {file for file, _ in lines}:
            self.files[file] = self.files.get(file, 0) | sum(1 << number for number in seconds)

    def scenarios_for(self, change: Change) -> list[int]:
        """The scenarios that may tell a change: those that run its lines first, and the quick ones."""
        direct = 0
        for line in change.lines:
            direct |= self.lines.get((change.path, line), 0)
        # What runs at the import runs in one scenario, and has an effect on all.
        chosen = direct if change.is_in_function else self.files.get(change.path, 0)
        found = [number for number in self.seconds if chosen >> number & 1]
        return sorted(found, key=lambda number: (not direct >> number & 1, self.seconds[number]))


class _Runner:
    """Runs single scenarios of a session."""

    def __init__(self) -> None:
        self._has_failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._has_failed |= report.failed

    def passes(self, item: pytest.Item, following: pytest.Item | None = None) -> bool:
        """Run a scenario."""
        self._has_failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._has_failed


class _Again(_Runner):
    """Runs in a session of its own, for a mutant that the suite has imported before."""

    def __init__(self, run: Callable[[_Runner, Sequence[pytest.Item]], None], names: Sequence[str]) -> None:
        super().__init__()
        self._run, self._names = run, names

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        collected = {item.nodeid: item for item in session.items}
        self._run(self, [collected[name] for name in self._names])
        return True


class Judge(_Runner):
    """The plugin: in its own process it runs no scenario, and imports nothing that is mutated.

    Args:
        changes: the mutants.
        package: what they are changes of.
        arguments: those of the run of pytest that it is a plugin of.
        judged: called with each verdict as it comes.

    Attributes:
        failing: the scenarios that fail without a change.
        served: the files that a scenario runs anything of; mutants of others are not judged.
    """

    def __init__(
        self,
        changes: Sequence[Change],
        package: Package,
        arguments: Sequence[str],
        judged: Callable[[Verdict], object],
    ) -> None:
        super().__init__()
        self.failing: list[str] = []
        self.served: set[str] = set()
        self._baseline = Baseline()
        self._changes, self._package, self._arguments, self._judged = changes, package, arguments, judged
        self._items: Sequence[pytest.Item] = ()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant, instead of running the scenarios."""
        self._items = session.items
        targets: dict[str, list[int]] = {}
        for number in range(len(self._items)):
            targets.setdefault(self._target(number), []).append(number)
        self._import_libraries([numbers[0] for numbers in targets.values()])
        for seconds, lines in each_in_a_process(self._measure, targets.values()):
            self._baseline.add(seconds, lines)
        passing = self._baseline.seconds
        self.failing = [each.nodeid for number, each in enumerate(self._items) if number not in passing]
        self.served = {*self._baseline.files}
        for verdict in each_in_a_process(
            self._judge, [each for each in self._changes if each.path in self.served]
        ):
            self._judged(verdict)
        return True

    def _target(self, number: int) -> str:
        return self._items[number].stash[SCENARIO].target.label

    def _import_libraries(self, numbers: Sequence[int]) -> None:
        """Import here what the backends import of others, so that no mutant has to."""
        before = {*sys.modules}

        def imported(_: None) -> list[str]:
            silence()
            for number in numbers:
                self.passes(self._items[number])
            return [each for each in sys.modules if each not in before and not self._package.has(each)]

        for names in each_in_a_process(imported, [None]):
            for name in names:
                # Some are made by a library as it runs, and cannot be imported.
                with warnings.catch_warnings(action="ignore"), suppress(Exception):
                    importlib.import_module(name)

    def _measure(self, numbers: Sequence[int]) -> tuple[dict[int, float], Lines]:
        """The seconds of each scenario of one target that passes, and the lines that they run."""
        silence()
        seconds: dict[int, float] = {}
        lines: Lines = {}
        for number in numbers:
            begin = monotonic()
            with traced(self._package, number, lines):
                passes = self.passes(self._items[number])
            if passes:
                seconds[number] = monotonic() - begin
        return seconds, lines

    def _judge(self, change: Change) -> Verdict:
        numbers = self._baseline.scenarios_for(change)
        verdict = Verdict(change, len(numbers), len({self._target(number) for number in numbers}))
        while numbers:
            killer, hung = self._first_failing(change, numbers)
            if killer is None:
                break
            # Once more, alone: a scenario about waiting may fail because the machine is busy.
            again, hung = self._first_failing(change, [killer])
            if again is not None:
                return replace(verdict, killer=self._items[killer].stash[SCENARIO].title, hung=hung)
            numbers = numbers[numbers.index(killer) + 1 :]
        return verdict

    def _first_failing(self, change: Change, numbers: Sequence[int]) -> tuple[int | None, bool]:
        """The first of the scenarios that fails with the change, and whether it took too long."""

        def work(send: Send) -> None:
            silence()
            signal.setitimer(signal.ITIMER_REAL, COLLECTING)

            def run(runner: _Runner, items: Sequence[pytest.Item]) -> None:
                for number, item, following in zip_longest(numbers, items, items[1:]):
                    send(number)
                    # Nothing handles it: it ends the process, whatever the mutant waits for.
                    signal.setitimer(signal.ITIMER_REAL, PATIENCE + 3 * self._baseline.seconds[number])
                    if not runner.passes(item, following):
                        return
                send(None)

            items = [self._items[number] for number in numbers]
            if install(self._package, change):
                pytest.main([*self._arguments], plugins=[_Again(run, [item.nodeid for item in items])])
            else:
                run(self, items)

        process, receiving = forked(work)
        last: int | None = numbers[0]  # it fails where the import of the mutant does
        with receiving, suppress(EOFError):
            while True:
                last = receiving.recv()
        process.join()
        return last, process.exitcode == -signal.SIGALRM
