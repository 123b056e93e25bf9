"""Decides which of the collected tests a run asks: the hook by which scenarios get their names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance import SCENARIOS, SUITE
from conformance.patterns import patterns_in
from conformance.report.results import Source
from conformance.runner.collection.completeness import (
    COLLECTION,
    Collection,
    uncollected,
    unknown_gaps,
    unmatched,
)
from conformance.runner.collection.scenario import (
    INDEX,
    SCENARIO,
    Marks,
    Scenario,
    is_asked,
    is_newer,
    scenario_of,
)
from conformance.runner.mode import ANSWERS
from conformance.runner.targets.options import TARGETS, UNBOUND
from conformance.runner.targets.target import CASSETTES, is_name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the scenarios, mark the known gaps, and leave out what the options leave out."""
    root = config.getoption("cassettes") or config.rootpath / CASSETTES
    targets, shard = config.stash.get(TARGETS, []), config.getoption("shard")
    collection = config.stash[COLLECTION] = Collection(
        missing=uncollected(config, items, targets), files=frozenset(item.path.stem for item in items)
    )
    known: set[tuple[str, str]] = set()
    left_out: list[pytest.Item] = []
    for index, item in enumerate(items):
        scenario = scenario_of(item, root, config.stash[ANSWERS])
        if scenario is not None:
            if not is_asked(item, scenario):
                continue
            if scenario.is_recorded and not is_name(scenario.name):
                raise pytest.UsageError(
                    f"{item.nodeid}: a recording cannot be called {scenario.name!a:.120}: give its "
                    "parameters ids of letters, digits and . , = + - _, with at most 100 signs in all"
                )
            known.add((scenario.target.label, scenario.id))
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
    collection.missing += unknown_gaps(config, targets, known)
    collection.missing += unmatched(config, {scenario for _, scenario in known})
    items[:] = collection.asked
    if left_out or collection.elsewhere:
        config.hook.pytest_deselected(items=[*left_out, *collection.elsewhere])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask every target the scenarios that use the fixture ``target``, without those it is never asked."""
    if "target" not in metafunc.fixturenames:
        return
    if (unbound := metafunc.config.stash.get(UNBOUND, None)) is not None:
        raise pytest.Collector.CollectError(str(unbound))
    targets = metafunc.config.stash[TARGETS]
    if metafunc.module.__name__.startswith(f"{SUITE}."):
        marks = Marks.of([*metafunc.definition.iter_markers()])
        # For a scenario without a target pytest would make a test that is skipped.
        targets = [target for target in targets if marks.admit(target)] or targets
    metafunc.parametrize("target", targets, ids=[target.label for target in targets])


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the groups that the recorder does not ask; it does not check that a run is complete."""
    groups = [each.partition("/")[0] for each in patterns_in(config.getoption("scenario"))]
    are_names = groups and all(re.fullmatch(r"\w+", group) for group in groups)
    if collection_path.parent != SCENARIOS or not are_names:
        return None
    is_left_out = collection_path.stem not in (*(f"test_{group}" for group in groups), "conftest", "__init__")
    return True if is_left_out and config.stash[ANSWERS].is_recorder else None


def _is_chosen(config: pytest.Config, scenario: Scenario | None) -> bool:
    """Whether the options choose a scenario, or a test that is not one (None)."""
    target, name = config.getoption("target"), config.getoption("scenario")
    only_recorded = config.getoption("only_recorded") or config.stash[ANSWERS].is_recorder
    if scenario is None:
        return not (target or name or only_recorded or config.getoption("shard"))
    if only_recorded and not scenario.is_recorded:
        return False
    # A backend that only the command line names has no recordings to derive from.
    if scenario.source is Source.DERIVED and config.getoption("backend"):
        return False
    return scenario.is_chosen(target, name)


def _mark_gap(item: pytest.Item, scenario: Scenario) -> None:
    reason = scenario.target.gaps.get(scenario.id)
    if reason is not None:
        item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
