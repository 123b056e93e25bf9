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

SCENARIO_FILES = frozenset(path.stem for path in SCENARIOS.glob("test_*.py"))

WATCHED = "conformance_watched"
"""What a worker is told: the folder in which it notes what it collected, and which scenario it runs."""

COLLECTED = "collected.json"
"""The name of the file there with what it collected."""


class Inventory:
    """What a process collected: its scenarios, their recordings, and whether these are the whole suite."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
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
        self.owned = [str(path) for each in _recorded(run) for path in (each.cassette, each.snapshot)]
        chosen = any(map(self._config.getoption, ("collectonly", "target", "scenario")))
        narrowed = chosen or any("::" in str(argument) for argument in self._config.args)
        # A scenario without a recording may be left out, as --only-recorded does.
        has_all = collected.files >= SCENARIO_FILES and not _recorded(left_out)
        self.complete = has_all and not narrowed and not self.switched_off
        if not session.items and (wanted := self._config.getoption("scenario")):
            self.near = _near(wanted, {scenario for _, scenario in collected.known})


NAMES = ("asked", "owned", "complete", "switched_off", "newer", "near")


class WorkerSession(Inventory):
    """Leaves to the controller what this worker collected, before a backend can end it."""

    @override
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        super().pytest_collection_finish(session)
        file = Path(self._config.workerinput[WATCHED], COLLECTED)  # type: ignore[attr-defined]  # xdist adds it
        # All workers collect the same; a rename replaces what another has left in one step.
        own = file.with_name(self._config.workerinput["workerid"])  # type: ignore[attr-defined]
        own.write_text(json.dumps({name: getattr(self, name) for name in NAMES}), "utf-8")
        own.replace(file)


def _recorded(items: Sequence[pytest.Item]) -> list[Scenario]:
    scenarios = (item.stash[SCENARIO] for item in items if SCENARIO in item.stash)
    return [scenario for scenario in scenarios if scenario.is_recorded]


def _near(wanted: str, ids: Set[str]) -> list[str]:
    """The names, of groups and of scenarios, that are nearly ``wanted`` or have it in them."""
    names = sorted(ids | {id_.partition("/")[0] for id_ in ids})
    return get_close_matches(wanted, names) or [name for name in names if wanted in name][:3]
