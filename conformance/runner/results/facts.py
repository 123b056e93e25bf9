"""The facts of a scenario that has ended: what it is, where its answers came from, what it covers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from conformance.entry import SUITE, is_here
from conformance.report.results import Source
from conformance.runner.collection.bugs import known_bugs
from conformance.runner.collection.capabilities import MEASURED
from conformance.runner.collection.scenario import INDEX, Scenario, law_of
from conformance.runner.stage.stage import Stage


def facts_of(item: pytest.Item, scenario: Scenario, stage: Stage | None) -> dict[str, Any]:
    """What is known of a scenario that has ended, as plain data: xdist sends it between processes."""
    facts: dict[str, Any] = {
        "backend": scenario.target.backend,
        "target": scenario.target.name,
        "group": scenario.group,
        "scenario": scenario.name,
        "source": str(scenario.source),
        "rerun": _rerun(item),
        "index": item.stash[INDEX],
        **_law_and_bugs(item, scenario),
        **_capability(item, scenario),
    }
    if stage is None or scenario.source is Source.SCRIPT:
        return facts
    if stage.recorder is not None:
        return {**facts, "live": stage.recorder.recorded}
    if stage.player is None:
        return {**facts, "live": stage.asked}
    facts |= {"played": stage.player.played, "unplayed": len(stage.player.unplayed)}
    cassette = scenario.cassette.resolve()
    if cassette.is_relative_to(item.config.rootpath):
        cassette = cassette.relative_to(item.config.rootpath)
    return {**facts, "cassette": cassette.as_posix(), "recorded": stage.player.provenance.recorded}


def _rerun(item: pytest.Item) -> str:
    """The id that runs a test again: with the module of an installed suite, whose path differs by machine."""
    module = item.module.__name__  # type: ignore[attr-defined]
    if is_here(item.config.rootpath) or not module.startswith(SUITE):
        return item.nodeid
    return f"{module}::{item.nodeid.partition('::')[2]}"


def _law_and_bugs(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
    """The law of a scenario and the real bugs that it covers."""
    function: Callable[..., object] = item.function  # type: ignore[attr-defined]
    name = f"{scenario.group}/{function.__name__.removeprefix('test_')}"
    return {"law": law_of(function), "bugs": list(_bugs().get(name, ()))}


@cache
def _bugs() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for bug in known_bugs():
        for scenario in bug.scenarios:
            found.setdefault(scenario, []).append(bug.id)
    return found


def _capability(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
    """What the scenario found of the capability that it needs or probes."""
    if MEASURED not in item.stash:
        return {}
    callspec: Any = getattr(item, "callspec", None)
    needs = item.get_closest_marker("needs")
    name = needs.args[0] if needs is not None else callspec.params["capability"]
    return {"measured": item.stash[MEASURED], "declared": scenario.target.capabilities.get(name)}
