"""Fails a scenario for its violations, and adds to pytest's report what is known of the scenario."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Generator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from conformance import SUITE
from conformance.entry import is_here
from conformance.recording import CassetteError, CassetteMissing, RequestNotRecorded, SecretFound
from conformance.report.results import Source, Violation, ViolationKind
from conformance.runner.collection.bugs import known_bugs
from conformance.runner.collection.scenario import ENDED, INDEX, MEASURED, SCENARIO, Scenario, law_of
from conformance.runner.redaction import escape
from conformance.runner.results.assertions import failed_comparison, shown
from conformance.runner.results.cause import JUDGED, MISSING, cause_of
from conformance.runner.results.transcript import TRANSCRIPT, redact, secret_finder, transcript_of
from conformance.runner.stage.stage import STAGE, Stage
from conformance.spec import interview, laws
from provider.errors import LLMProviderError

_LAWS = Path(laws.__file__).parent
_PYTHON = Path(sysconfig.get_path("stdlib"))

REFUSALS = pytest.StashKey[list[str]]()
"""Connections that the network guard of the run refused; a stage has a guard of its own."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a scenario for its violations, even if it asserted nothing or is a known gap.

    This is the outermost wrapper, so that an xfail mark cannot excuse a violation. The teardown fails, since
    all requests are known only when the backend is unloaded and the player has stopped.
    """
    report = yield
    scenario, stage = item.stash.get(SCENARIO, None), item.stash.get(STAGE, None)
    violations = _violations(item, stage, call)
    comparison = failed_comparison(item.config, call)
    crashed = report.crashed = _is_crash(item, call)  # type: ignore[attr-defined]
    if report.failed and call.excinfo is not None and not violations:
        judged = item.stash.get(JUDGED, [])
        cause = cause_of(call.excinfo.value, judged, comparison, partial(_is_own, item), crashed=crashed)
        report.cause = vars(cause)  # type: ignore[attr-defined]
    if (secret_in := secret_finder(item.config, stage)) is not None:
        redact(report, secret_in)
    if scenario is None:
        return report
    if stage is not None and report.when == "call":
        stage.passed = report.passed
    if TRANSCRIPT in item.stash and comparison is not None:
        item.stash[TRANSCRIPT].compared = shown(comparison)
    # A test that raised nothing and failed all the same has a strict xfail mark.
    report.closed_gap = report.when == "call" and report.failed and call.excinfo is None  # type: ignore[attr-defined]
    if violations:
        report.outcome = "failed"
        report.longrepr = "\n".join(each.message for each in violations)
        report.__dict__.pop("wasxfail", None)
    # Attributes cross processes as user_properties do, and are not written into JUnit's XML.
    report.violations = [{"kind": str(each.kind), "message": each.message} for each in violations]  # type: ignore[attr-defined]
    escape(report)
    if report.when == "teardown":
        facts = facts_of(item, scenario, stage) | transcript_of(item, stage)
        report.conformance = facts | {"ended": item.stash.get(ENDED, [])}  # type: ignore[attr-defined]
        # pytest keeps every item until the run ends, and with it every exchange.
        if STAGE in item.stash:
            del item.stash[STAGE]
        if TRANSCRIPT in item.stash:
            del item.stash[TRANSCRIPT]
    return report


def _is_crash(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Whether an exception came from the backend or the harness.

    An exception of a scenario's own code is a failure instead: it may unpack two calls where there is one.
    """
    failures = (
        *(AssertionError, pytest.fail.Exception, pytest.skip.Exception, CassetteError),
        # The contract's own error, which is a wrong one here: no scenario lets an expected one out.
        LLMProviderError,
    )
    if call.excinfo is None or isinstance(call.excinfo.value, failures):
        return False
    if call.when != "call":
        return True
    frames = [Path(entry.path) for entry in call.excinfo.traceback.cut(path=item.path)]
    return not all(_is_own(item, path) or _is_of_python(path) for path in frames)


def _is_own(item: pytest.Item, path: Path) -> bool:
    """Whether a file is the scenario's own, or asserts for it."""
    return path in (item.path, Path(interview.__file__)) or path.parent == _LAWS


def _is_of_python(path: Path) -> bool:
    return path.is_relative_to(_PYTHON) and "site-packages" not in path.parts


def _violations(item: pytest.Item, stage: Stage | None, call: pytest.CallInfo[None]) -> list[Violation]:
    """The violations that belong to this phase of the test."""
    found = []
    error = call.excinfo.value if call.excinfo is not None else None
    # The player reports a miss itself, also where an SDK swallows the exception.
    if isinstance(error, CassetteError) and not isinstance(error, RequestNotRecorded):
        found.append(_violation_of(error))
    if call.when == "teardown":
        refusals = item.config.stash[REFUSALS]
        found += stage.violations if stage is not None else []
        found += [Violation(ViolationKind.REFUSED, each) for each in refusals]
        refusals.clear()
    return found


def _violation_of(error: CassetteError) -> Violation:
    match error:
        case CassetteMissing():
            kind = ViolationKind.MISSING
        case SecretFound():
            kind = ViolationKind.LEAK
        case _:
            kind = ViolationKind.UNREADABLE
    return Violation(kind, str(error))


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
        "missing": _missing(item),
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
    origin = stage.player.provenance
    return {**facts, "cassette": cassette.as_posix(), "recorded": origin.recorded, "server": origin.host}


def _rerun(item: pytest.Item) -> str:
    """The id that runs a test again: with the module of an installed suite, whose path differs by machine."""
    module = item.module.__name__  # type: ignore[attr-defined]
    if is_here(item.config.rootpath) or not module.startswith(SUITE):
        return item.nodeid
    return f"{module}::{item.nodeid.partition('::')[2]}"


def _law_and_bugs(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
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


def _missing(item: pytest.Item) -> list[str]:
    missing = item.stash.get(MISSING, set())
    return sorted(missing)


def _capability(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
    """What the scenario found of the capability that it needs or probes."""
    if MEASURED not in item.stash:
        return {}
    callspec: Any = getattr(item, "callspec", None)
    needs = item.get_closest_marker("needs")
    name = needs.args[0] if needs is not None else callspec.params["capability"]
    return {"measured": item.stash[MEASURED], "declared": scenario.target.capabilities.get(name)}
