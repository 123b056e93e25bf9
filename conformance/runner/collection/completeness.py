"""Finds scenarios that other plugins and conftest files left out, marked, excused or gave other fixtures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import pytest

from conformance import SCENARIOS, SUITE
from conformance.entry import is_here
from conformance.patterns import matches, patterns_in
from conformance.report.results import Outcome, Result
from conformance.runner.collection.catalogue import entries
from conformance.runner.collection.scenario import SCENARIO, group_of
from conformance.runner.mode import ANSWERS
from conformance.runner.targets.target import Target

FIXTURES = (
    *("build", "dialect", "interview", "llm", "material"),
    *("measured", "play", "sent", "serve", "snapshot", "stage"),
)
"""The fixtures that nobody may replace in the suite's own scenarios."""

_OURS = ("conformance", "syrupy")

_SET_UP = pytest.StashKey[dict[str, Callable[..., Any]]]()
"""In the stash of a test: the function of each of these fixtures, the last one where it was set up twice."""


SwitchedOff = tuple[str, str]
"""What is switched off, mostly a scenario by its title, and how; plain data, for xdist sends it."""


@dataclass
class Collection:
    """What the suite decided about the tests that pytest collected.

    Attributes:
        asked: the tests to run.
        elsewhere: the tests that other shards run.
        known: the label of each chosen target with the id of each scenario that it is asked, whether the
            options choose it or not.
        unmade: by group and function, how many cases no test was made of.
        newer: by ``backend@target``, how many scenarios are above the level that it pins.
        missing: scenarios that were removed before the suite saw them, and gaps that name none.
        files: the names of all test files, whether their tests are run or not.
    """

    asked: list[pytest.Item] = field(default_factory=list)
    elsewhere: list[pytest.Item] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    unmade: Counter[tuple[str, str]] = field(default_factory=Counter)
    newer: Counter[str] = field(default_factory=Counter)
    missing: list[SwitchedOff] = field(default_factory=list)
    files: frozenset[str] = frozenset()


COLLECTION = pytest.StashKey[Collection]()

CHOOSING = pytest.StashKey[bool]()
"""Set by a plugin that asks a part of the suite on purpose, as ``conformance mutants`` does."""


def uncollected(
    config: pytest.Config, items: Sequence[pytest.Item], targets: Sequence[Target]
) -> list[SwitchedOff]:
    """The scenarios that a run of the whole suite should have collected for its targets, but has not."""
    if not _asks_all(config) or _is_choosing(config):
        return []
    found = Counter((group_of(item.module), item.originalname) for item in _ours(items))
    found += config.stash.get(COLLECTION, Collection()).unmade
    return [
        (entry.id, f"{there} of {expected} were collected")
        for entry in entries()
        if (there := found[entry.group, f"test_{entry.name}"])
        < (expected := entry.cases * sum(map(entry.admits, targets)))
    ]


def unknown_gaps(
    config: pytest.Config, targets: Sequence[Target], known: Set[tuple[str, str]]
) -> list[SwitchedOff]:
    """The known gaps that name no scenario, e.g. one that was renamed.

    Args:
        config: the configuration of the run.
        targets: the targets that are chosen.
        known: the label of each target with the id of each scenario that it is asked.
    """
    if not _asks_all(config) or _is_choosing(config):
        return []
    return [
        (target.label, f"its known gap {gap} names no scenario that it is asked")
        for target in targets
        for gap in target.gaps
        if (target.label, gap) not in known
    ]


def unmatched(config: pytest.Config, known: Set[str]) -> list[SwitchedOff]:
    """Those of several patterns of ``--scenario`` that match none of the ``known`` ids.

    A run in which none matches asks nothing, and ends with another status.
    """
    patterns = patterns_in(config.getoption("scenario"))
    without = [each for each in patterns if not any(matches(each, scenario) for scenario in known)]
    if len(without) == len(patterns):
        return []
    return [(f"--scenario {each}", "matches nothing that was collected") for each in without]


def asked(config: pytest.Config, items: Sequence[pytest.Item]) -> dict[str, str]:
    """The titles of the scenarios that must have a result, by their test ids.

    Args:
        config: the configuration of the run.
        items: what is run; another plugin may have left out more than the options do.
    """
    if config.getoption("collectonly"):
        return {}
    chosen = items
    # A run with -k or -m is reported as narrowed instead.
    if not (config.getoption("keyword") or config.getoption("markexpr") or _is_choosing(config)):
        chosen = [*config.stash.get(COLLECTION, Collection()).asked, *items]
    return {item.nodeid: item.stash[SCENARIO].title for item in chosen if SCENARIO in item.stash}


def excused(results: Iterable[Result], targets: Iterable[Target]) -> Iterator[SwitchedOff]:
    """The scenarios of the suite that something else than a declared known gap skipped, or expected to fail.

    No scenario of the suite does that itself.
    """
    gaps = {target.label: target.gaps for target in targets}
    for each in results:
        if not each.rerun.replace("/", ".").startswith(f"{SUITE}."):
            continue
        if each.outcome is Outcome.UNMEASURED:
            yield each.title, "was skipped"
        elif each.outcome is Outcome.KNOWN_GAP and each.id not in gaps.get(each.label, {}):
            yield each.title, "was expected to fail"


def is_ours(item: pytest.Item) -> TypeGuard[pytest.Function]:
    """Whether a test is a scenario of the suite, and not one of the user's."""
    return isinstance(item, pytest.Function) and item.module.__name__.startswith(f"{SUITE}.")


def _ours(items: Iterable[pytest.Item]) -> Iterator[pytest.Function]:
    for item in items:
        if is_ours(item):
            yield item


def _is_choosing(config: pytest.Config) -> bool:
    return config.stash.get(CHOOSING, False) or config.stash[ANSWERS].is_recorder


def _asks_all(config: pytest.Config) -> bool:
    named = {"conformance", SUITE} if config.getoption("pyargs") else set()
    places = {SCENARIOS, SCENARIOS.parent, *([config.rootpath] if is_here(config.rootpath) else [])}
    where = config.invocation_params.dir
    return any(arg in named or (where / arg).resolve() in places for arg in map(str, config.args))


def note_setup(fixture: pytest.FixtureDef[Any], node: Any) -> None:
    """Note that a fixture is set up for the test ``node``; a fixture of a wider scope has another node."""
    if fixture.argname in FIXTURES and isinstance(node, pytest.Function):
        node.stash.setdefault(_SET_UP, {})[fixture.argname] = fixture.func


def replaced_fixture(item: pytest.Function) -> str | None:
    """The message about a replaced fixture of ``item``, once all are set up; None where there is none."""
    found = item.stash.get(_SET_UP, {})
    for name in FIXTURES:
        if name not in item.fixturenames and name not in found:
            continue
        function = found.get(name)
        if function is None or function.__module__.partition(".")[0] not in _OURS:
            by = "one of a wider scope" if function is None else _place(function)
            return (
                f"the fixture {name!r} of the conformance suite is replaced by {by}: "
                "rename it, or move it where only your own tests see it"
            )
    return None


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
