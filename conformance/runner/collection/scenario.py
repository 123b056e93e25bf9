"""A scenario on a target: its name, the path of its recording, the command that records it again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
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
        return rerecord(self.target.recorded_as, self.id)

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
    "asynchronous: asked only of targets whose methods are awaited",
    "level(number): the level of the suite that the scenario was added in; 1 without this mark",
    "sse: asked only of targets whose server streams server-sent events",
    "dialects(*names, but=()): asked only of targets whose server speaks one of these wires, or any but some",
)
"""The marks of scenarios, in the form in which pytest wants them declared."""


def is_newer(item: pytest.Item, target: Target) -> bool:
    """Whether a scenario came with a later level of the suite than ``target`` pins."""
    if target.level is None:
        return False
    mark = item.get_closest_marker("level")
    return mark is not None and mark.args[0] > target.level


def law_of(test: Callable[..., object]) -> str:
    """The law of a scenario: the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(test) or "").partition("\n\n")[0].split())


def group_of(module: ModuleType) -> str:
    """The group of the scenarios in ``module``."""
    return module.__name__.rpartition(".")[2].removeprefix("test_")


def scenario_of(test: pytest.Item, root: Path, answers: AnswerSource, call: Any = None) -> Scenario | None:
    """A test as a scenario; None for one that asks no target.

    Args:
        test: the test.
        root: the folder of the recordings.
        answers: where the run gets the answers of a real server.
        call: pytest's ``CallSpec``, the parameters of the test; None for those that it has already.
    """
    call = getattr(test, "callspec", None) if call is None else call
    target = call.params.get("target") if call is not None else None
    if not isinstance(test, pytest.Function) or not isinstance(target, Target):
        return None
    others = [part for part in _as_written(call.id).replace(target.label, "").split("-") if part]
    name = "-".join([test.originalname.removeprefix("test_"), *others])
    scenario = Scenario(group_of(test.module), name, target, Source.SCRIPT, root)
    source = _source(test, scenario, answers)
    return scenario if source is Source.SCRIPT else replace(scenario, source=source)


def _as_written(id_: str) -> str:
    """The id of a test's parameters, in which pytest escapes what is not ASCII."""
    if "\\" not in id_:
        return id_
    written = id_.encode("ascii").decode("unicode_escape") if id_.isascii() else id_
    return written if written.isprintable() else id_


def _source(test: pytest.Function, scenario: Scenario, answers: AnswerSource) -> Source:
    hosted, hosts = scenario.target.hosted, answers.hosts
    if scenario.target.source == "recording":
        if RECORDED_FIXTURE in test.fixturenames:
            return Source.LIVE if answers.mode is RunMode.LIVE else Source.RECORDING
        return Source.DERIVED if DERIVED_FIXTURE in test.fixturenames else Source.SCRIPT
    if hosted is None or RECORDED_FIXTURE not in test.fixturenames:
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
