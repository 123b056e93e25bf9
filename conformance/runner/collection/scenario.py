"""A scenario on a target: its name, the path of its recording, the command that records it again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conformance.patterns import matches
from conformance.recording.playback.commands import rerecord
from conformance.report.results import Source
from conformance.runner.mode import AnswerSource, RunMode
from conformance.runner.targets.target import Target
from conformance.servers.scripted.dialects import dialect
from conformance.spec import laws

RECORDED_FIXTURE = "stage"
"""A scenario that uses this fixture, directly or through another, asks a recorded server."""

DERIVED_FIXTURE = "material"
"""A scenario that uses this fixture breaks recorded answers, or those of the script on a scripted target."""


@dataclass(frozen=True)
class Scenario:
    """One scenario on one target.

    Attributes:
        group: the file that it is in, e.g. ``tools``.
        name: its name within the group, with the ids of its parameters.
        target: the target that is asked.
        source: where the answers come from.
        root: the folder of the recordings.
    """

    group: str
    name: str
    target: Target
    source: Source
    root: Path

    @property
    def id(self) -> str:
        """``group/name``."""
        return f"{self.group}/{self.name}"

    @property
    def case(self) -> str:
        """The ids of its parameters, each after a hyphen; empty where it has none."""
        return self.name.partition("-")[2]

    @property
    def title(self) -> str:
        """``backend@target group/scenario``."""
        return f"{self.target.label} {self.id}"

    @property
    def is_recorded(self) -> bool:
        """Whether it has a recording of its own."""
        return self.source in (Source.RECORDING, Source.LIVE)

    @property
    def cassette(self) -> Path:
        """The path of its recording."""
        return self.root / self.target.folder / self.group / f"{self.name}.yaml"

    @property
    def snapshot(self) -> Path:
        """The path of the decoded answers of its recording."""
        return self.cassette.with_suffix(".json")

    @property
    def rerecord(self) -> str:
        """The command that records it again."""
        return rerecord(self.target.label, self.id)

    def is_chosen(self, target: str | None, scenario: str | None) -> bool:
        """Whether the patterns for ``backend@target`` and ``group/name`` both admit it."""
        return self.target.is_chosen(target) and matches(scenario, self.id)


SCENARIO = pytest.StashKey[Scenario]()

INDEX = pytest.StashKey[int]()
"""The position of a test among all collected tests, the same in every worker and every shard."""

MEASURED = pytest.StashKey[str]()
"""In the stash of a test: what it found of a capability: ``yes``, ``refused`` or ``ignored``."""

ENDED = pytest.StashKey[list[str]]()
"""In the stash of a test: which of setup, call and teardown ended as they should; ``runner/witness.py``."""

Measured = Callable[[str], object]
"""The fixture ``measured``: notes ``yes``, ``refused`` or ``ignored``."""

MARKS = (
    "core: asked of every target; the others only of those that declare all scenarios",
    "routes(*cases): also asked of the targets that declare only these; of its cases those named, or all",
    "needs(capability): a target that is declared not to support it must refuse with the documented error",
    "without(capability): asked only of targets that are declared not to support it",
    "refused(mistake): not asked of targets whose server is declared to accept this mistake",
    "provoked(*by): an error of a real server, never of a script; with 'key' only where the server wants one",
    "overflows: asked only of targets whose declared context is small enough to be exceeded",
    "level(number): the level of the suite that the scenario was added in; 1 without this mark",
    "sse: asked only of targets whose server streams server-sent events",
    "dialects(*names, but=()): asked only of targets whose server speaks one of these wires, or any but some",
)
"""The marks of scenarios, in the form in which pytest wants them declared."""

LARGEST_OVERFLOWN = 200_000
"""Tokens of the largest context that a scenario exceeds, with a megabyte; a script covers larger ones."""


def names_of_cases(marks: Sequence[pytest.Mark]) -> frozenset[str]:
    """The names of the marks that the cases of a scenario of the suite have beside its own."""
    cases = [case for mark in marks if mark.name == "parametrize" for case in mark.args[1]]
    return frozenset(mark.name for case in cases for mark in getattr(case, "marks", ()))


@dataclass(frozen=True)
class Marks:
    """What the marks of a scenario of the suite say before its cases are made for each target.

    Attributes:
        names: the names of its marks, and of those of its cases.
        wires: its mark ``dialects``; None where it has none, or a case has one of its own.
    """

    names: frozenset[str]
    wires: pytest.Mark | None

    @classmethod
    def of(cls, marks: Sequence[pytest.Mark]) -> Marks:
        """Those of a test, the closest first."""
        of_cases = names_of_cases(marks)
        wires = next((mark for mark in marks if mark.name == "dialects"), None)
        names = of_cases.union(mark.name for mark in marks)
        return cls(names, None if "dialects" in of_cases else wires)

    def admit(self, target: Target) -> bool:
        """Whether ``target`` may be asked a case; the others need not be made for it."""
        if target.scenarios == "routes" and "routes" not in self.names:
            return False
        if target.scenarios == "core" and self.names.isdisjoint(("core", "provoked")):
            return False
        return _speaks(target, self.wires)


def is_asked(item: pytest.Item, scenario: Scenario) -> bool:
    """Whether a scenario applies to its target."""
    target, provoked = scenario.target, item.get_closest_marker("provoked")
    if target.scenarios == "routes":
        routes = item.get_closest_marker("routes")
        if routes is None or (routes.args and scenario.case not in routes.args):
            return False
    elif provoked is not None and target.source == "script":
        if scenario.source is not Source.RECORDING or target.hosted is None:
            return False
        if "key" in provoked.args and not target.hosted.key:
            return False
    elif target.scenarios == "core" and item.get_closest_marker("core") is None:
        return False
    without, refused = item.get_closest_marker("without"), item.get_closest_marker("refused")
    if without is not None and target.capabilities.get(without.args[0]) is not False:
        return False
    if refused is not None and refused.args[0] in target.accepts:
        return False
    if item.get_closest_marker("overflows") is not None and not 0 < target.context <= LARGEST_OVERFLOWN:
        return False
    streams_events = dialect(target.dialect).stream_type.startswith("text/event-stream")
    if item.get_closest_marker("sse") is not None and not streams_events:
        return False
    return _speaks(target, item.get_closest_marker("dialects"))


def _speaks(target: Target, wires: pytest.Mark | None) -> bool:
    if wires is None:
        return True
    return target.dialect in wires.args if wires.args else target.dialect not in wires.kwargs["but"]


def is_newer(item: pytest.Item, target: Target) -> bool:
    """Whether a scenario came with a later level of the suite than ``target`` pins."""
    mark = item.get_closest_marker("level")
    return target.level is not None and mark is not None and mark.args[0] > target.level


def law_of(test: Callable[..., object]) -> str:
    """The law of a scenario: the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(test) or "").partition("\n\n")[0].split())


def group_of(module: ModuleType) -> str:
    """The group of the scenarios in ``module``."""
    return module.__name__.rpartition(".")[2].removeprefix("test_")


def scenario_of(item: pytest.Item, root: Path, answers: AnswerSource) -> Scenario | None:
    """``item`` as a scenario; None for a test that asks no target.

    Args:
        item: the test.
        root: the folder of the recordings.
        answers: where the run gets the answers of a real server.
    """
    callspec: Any = getattr(item, "callspec", None)
    target = callspec.params.get("target") if callspec is not None else None
    if not isinstance(item, pytest.Function) or not isinstance(target, Target):
        return None
    others = [part for part in _as_written(callspec.id).replace(target.label, "").split("-") if part]
    name = "-".join([item.originalname.removeprefix("test_"), *others])
    scenario = Scenario(group_of(item.module), name, target, Source.SCRIPT, root)
    return replace(scenario, source=_source(item, scenario, answers))


def _as_written(id_: str) -> str:
    """The id of a test's parameters, in which pytest escapes what is not ASCII."""
    written = id_.encode("ascii").decode("unicode_escape") if id_.isascii() else id_
    return written if written.isprintable() else id_


def _source(item: pytest.Function, scenario: Scenario, answers: AnswerSource) -> Source:
    hosted, hosts = scenario.target.hosted, answers.hosts
    if scenario.target.source == "recording":
        if RECORDED_FIXTURE in item.fixturenames:
            return Source.LIVE if answers.mode is RunMode.LIVE else Source.RECORDING
        return Source.DERIVED if DERIVED_FIXTURE in item.fixturenames else Source.SCRIPT
    if hosted is None or RECORDED_FIXTURE not in item.fixturenames:
        return Source.SCRIPT
    if hosts is None:
        return Source.RECORDING if scenario.cassette.is_file() else Source.SCRIPT
    recorded = hosts.rehearsal or not hosts.missing(hosted)
    return Source.RECORDING if recorded else Source.SCRIPT


@contextmanager
def as_declared(item: pytest.Item) -> Iterator[None]:
    """Run a scenario; if the capability that it needs is declared absent, the backend must refuse.

    Such a scenario is never skipped, so that a wrong declaration fails in both directions.
    """
    needs, scenario = item.get_closest_marker("needs"), item.stash.get(SCENARIO, None)
    if needs is None or scenario is None or not _lacks(scenario, needs.args[0]):
        yield
        return
    try:
        yield
    except laws.ErrorInsteadError as error:
        laws.refused(error.response)
        item.stash[MEASURED] = "refused"
        item.stash[ENDED].append("call")
        return
    pytest.fail(f"{scenario.target.label} is declared not to support {needs.args[0]}, but did not refuse it")


def _lacks(scenario: Scenario, capability: str) -> bool:
    """Whether the declaration counts: in place of a recorded server a script answers, whatever that lacks."""
    target = scenario.target
    is_replaced = target.source == "recording" and scenario.source is Source.SCRIPT
    return target.capabilities.get(capability) is False and not is_replaced
