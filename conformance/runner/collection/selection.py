"""Decides which tests a run asks: the hooks that make the tests of scenarios, and that name them."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from conformance import SCENARIOS
from conformance.patterns import matches, patterns_in
from conformance.report.results import Source
from conformance.runner.collection.asked import Marks, marks_of_cases
from conformance.runner.collection.completeness import (
    COLLECTION,
    Collection,
    is_ours,
    uncollected,
    unknown_gaps,
    unmatched,
)
from conformance.runner.collection.scenario import (
    INDEX,
    SCENARIO,
    Scenario,
    group_of,
    is_newer,
    scenario_of,
)
from conformance.runner.mode import ANSWERS
from conformance.runner.targets.options import TARGETS, UNBOUND
from conformance.runner.targets.target import CASSETTES, Target, is_name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask every chosen target the scenarios that use the fixture ``target``, but those it is never asked."""
    if "target" not in metafunc.fixturenames:
        return
    if (unbound := metafunc.config.stash.get(UNBOUND, None)) is not None:
        raise pytest.Collector.CollectError(str(unbound))
    chosen = targets = _chosen_targets(metafunc.config)
    if is_ours(metafunc.definition):
        kinds = marks_of_cases(*_marks(metafunc.definition))
        targets = [target for target in chosen if any(marks.admit(target) for marks in kinds)]
    # For a scenario without a target pytest would make a test that is skipped.
    targets = targets or chosen[:1]
    metafunc.parametrize("target", targets, ids=[target.label for target in targets])


class OnlyAsked:
    """Leaves no test to be made of a case of the suite that its target is not asked, or that is not chosen.

    Made and dropped later they would be most of what a run costs that asks one target.
    """

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> Generator[None, Any, Any]:
        """Drop them once all parameters have their values."""
        result = yield
        if "target" in metafunc.fixturenames and is_ours(metafunc.definition):
            # The one place where pytest knows the marks of a case, and has not made a test of it.
            before, metafunc._calls = metafunc._calls, [*filter(_Asking(metafunc).asks, metafunc._calls)]
            collection = metafunc.config.stash.setdefault(COLLECTION, Collection())
            name = group_of(metafunc.module), metafunc.definition.originalname
            collection.unmade[name] += len(before) - len(metafunc._calls)
        return result


class _Asking:
    """Decides which calls of a function of the suite are asked."""

    def __init__(self, metafunc: pytest.Metafunc) -> None:
        config = metafunc.config
        self._function = metafunc.definition
        self._own, self._others = _marks(metafunc.definition)
        self._root, self._answers = _root(config), config.stash[ANSWERS]
        self._patterns = config.getoption("scenario")
        self._known = config.stash.setdefault(COLLECTION, Collection()).known

    def asks(self, call: Any) -> bool:
        """Whether its target is asked this case, and the options choose it."""
        scenario = scenario_of(self._function, self._root, self._answers, call)
        marks = Marks.of([*self._own, *call.marks, *self._others])
        if scenario is None or not marks.admit(scenario.target, scenario):
            return False
        self._known.add((scenario.target.label, scenario.id))
        return matches(self._patterns, scenario.id)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the scenarios, mark the known gaps, and leave out what the options leave out."""
    root, targets, shard = _root(config), _chosen_targets(config), config.getoption("shard")
    collection = config.stash.setdefault(COLLECTION, Collection())
    collection.missing = uncollected(config, items, targets)
    collection.files = frozenset(item.path.stem for item in items)
    left_out: list[pytest.Item] = []
    for index, item in enumerate(items):
        scenario = scenario_of(item, root, config.stash[ANSWERS])
        if scenario is None and is_ours(item) and "target" in item.fixturenames:
            # pytest makes a test of a function without calls too.
            if config.getoption("target") or config.getoption("scenario"):
                left_out.append(item)
            continue
        if scenario is not None:
            if not is_ours(item) and not Marks.of(item.iter_markers()).admit(scenario.target, scenario):
                continue
            if scenario.is_recorded and not is_name(scenario.name):
                raise pytest.UsageError(
                    f"{item.nodeid}: a recording cannot be called {scenario.name!a:.120}: give its "
                    "parameters ids of letters, digits and . , = + - _, with at most 100 signs in all"
                )
            collection.known.add((scenario.target.label, scenario.id))
            if is_newer(item, scenario.target):
                collection.newer[scenario.target.label] += 1
                continue
            item.stash[SCENARIO], item.stash[INDEX] = scenario, index
            _mark_gap(item, scenario)
        if not _is_chosen(config, scenario):
            left_out.append(item)
        elif scenario is not None and shard is not None and not shard.has(scenario.title):
            collection.elsewhere.append(item)
        else:
            collection.asked.append(item)
    collection.missing += unknown_gaps(config, targets, collection.known)
    collection.missing += unmatched(config, {scenario for _, scenario in collection.known})
    items[:] = collection.asked
    if left_out or collection.elsewhere:
        config.hook.pytest_deselected(items=[*left_out, *collection.elsewhere])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the groups that the recorder does not ask; it does not check that a run is complete."""
    groups = [each.partition("/")[0] for each in patterns_in(config.getoption("scenario"))]
    are_names = groups and all(re.fullmatch(r"\w+", group) for group in groups)
    if collection_path.parent != SCENARIOS or not are_names:
        return None
    is_left_out = collection_path.stem not in (*(f"test_{group}" for group in groups), "conftest", "__init__")
    return True if is_left_out and config.stash[ANSWERS].is_recorder else None


def _root(config: pytest.Config) -> Path:
    """The folder of the recordings."""
    root: Path | None = config.getoption("cassettes")
    return root or config.rootpath / CASSETTES


def _chosen_targets(config: pytest.Config) -> list[Target]:
    patterns = config.getoption("target")
    return [target for target in config.stash.get(TARGETS, []) if target.is_chosen(patterns)]


def _marks(function: pytest.Function) -> tuple[list[pytest.Mark], list[pytest.Mark]]:
    """The marks of a test, and those of its file and folders; those of a case come in between."""
    marks = [*function.iter_markers()]
    return marks[: len(function.own_markers)], marks[len(function.own_markers) :]


def _is_chosen(config: pytest.Config, scenario: Scenario | None) -> bool:
    """Whether the options choose a scenario, or a test that is not one (None)."""
    target, name = config.getoption("target"), config.getoption("scenario")
    only_recorded = config.getoption("only_recorded") or config.stash[ANSWERS].is_recorder
    if scenario is None:
        return not (target or name or only_recorded or config.getoption("shard"))
    if only_recorded and not scenario.is_recorded:
        return False
    if config.stash[ANSWERS].is_recorder and scenario.target.replays:
        return False
    # A backend that only the command line names has no recordings to derive from.
    if scenario.source is Source.DERIVED and config.getoption("backend"):
        return False
    return scenario.is_chosen(target, name)


def _mark_gap(item: pytest.Item, scenario: Scenario) -> None:
    reason = scenario.target.gaps.get(scenario.id)
    if reason is not None:
        item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
