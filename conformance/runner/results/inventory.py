"""What a process has collected, and how a worker of xdist leaves it to the controller."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from difflib import get_close_matches
from pathlib import Path

import pytest
from typing_extensions import override

from conformance import SCENARIOS
from conformance.runner.collection.completeness import COLLECTION, Collection, SwitchedOff, asked
from conformance.runner.collection.scenario import SCENARIO, Scenario
from conformance.runner.targets.target import CASSETTES

SCENARIO_FILES = frozenset(path.stem for path in SCENARIOS.glob("test_*.py"))

WATCHED = "conformance_watched"
"""What a worker is told: the folder in which it notes what it collected, and which scenario it runs.

It is of the controller's machine."""

COLLECTED = "collected.json"
"""The name of the file there with what it collected."""


class Inventory:
    """What a process collected: its scenarios, their recordings, and whether these are the whole suite."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._root = config.getoption("cassettes") or config.rootpath / CASSETTES
        self._left_out: list[pytest.Item] = []
        self.asked: dict[str, str] = {}
        self.owned: list[str] = []
        self.complete = False
        self.switched_off: list[SwitchedOff] = []
        self.newer: dict[str, int] = {}
        self.near: list[str] = []

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember what was left out."""
        self._left_out += items

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember what must have a result, and which recordings belong to a scenario."""
        collected = self._config.stash.get(COLLECTION, Collection())
        self.asked = asked(self._config, session.items)
        self.switched_off = collected.missing
        self.newer = dict(collected.newer)
        elsewhere = set(collected.elsewhere)
        left_out = [item for item in self._left_out if item not in elsewhere]
        run = [*session.items, *elsewhere]
        paths = [path for each in _recorded(run) for path in (each.cassette, each.snapshot)]
        # A worker on another machine may have the folder in another place.
        self.owned = [str(path.relative_to(self._root)) for path in paths]
        chosen = any(map(self._config.getoption, ("collectonly", "target", "scenario")))
        narrowed = chosen or any("::" in str(argument) for argument in self._config.args)
        # A scenario without a recording may be left out, as --only-recorded does.
        has_all = collected.files >= SCENARIO_FILES and not _recorded(left_out)
        self.complete = has_all and not narrowed and not self.switched_off
        if not session.items and (wanted := self._config.getoption("scenario")):
            self.near = _near(wanted, {scenario for _, scenario in collected.known})


NAMES = ("asked", "owned", "complete", "switched_off", "newer", "near")


class WorkerSession(Inventory):
    """Leaves to the controller what this worker collected, before a backend can end it.

    Args:
        config: the worker's.
        folder: where it notes that; on another machine a folder that no controller reads.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        super().__init__(config)
        self._folder = folder

    @override
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        super().pytest_collection_finish(session)
        collected = json.dumps({name: getattr(self, name) for name in NAMES})
        # One on another machine cannot leave a file, and tells it with its last words.
        self._config.workeroutput[COLLECTED] = collected  # type: ignore[attr-defined]  # xdist adds it
        take_over(self._folder, self._config.workerinput["workerid"], collected)  # type: ignore[attr-defined]


def take_over(folder: Path, worker: str, collected: str) -> None:
    """Leave in ``folder`` what a worker collected: all collect the same, and a rename replaces it at once."""
    own = folder / worker
    own.write_text(collected, "utf-8")
    own.replace(folder / COLLECTED)


def _recorded(items: Sequence[pytest.Item]) -> list[Scenario]:
    scenarios = (item.stash[SCENARIO] for item in items if SCENARIO in item.stash)
    return [scenario for scenario in scenarios if scenario.is_recorded]


def _near(wanted: str, ids: Set[str]) -> list[str]:
    """The names, of groups and of scenarios, that are nearly ``wanted`` or have it in them."""
    names = sorted(ids | {id_.partition("/")[0] for id_ in ids})
    return get_close_matches(wanted, names) or [name for name in names if wanted in name][:3]
