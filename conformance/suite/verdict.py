"""From pytest's reports to the results of scenarios."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.recording import CassetteError, RecordTape
from conformance.report.results import Fault, Outcome, Result, Results, Source
from conformance.suite import snapshots
from conformance.suite.capabilities import MEASURED
from conformance.suite.scenario import SCENARIO, Scenario
from conformance.suite.stage import STAGE, Stage
from conformance.suite.withholding import withhold

_PROPERTY = "conformance"

_SHOWN = 400
"""Characters of a reason; the whole of it stands in pytest's own report."""


REFUSALS = pytest.StashKey[list[str]]()
"""Connections that the guard of the run has refused; a stage has a guard of its own."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a scenario for what its recording says, also where it asserted nothing or is a known gap.

    The outermost wrapper, so that an xfail mark cannot turn it into an expected failure. What was asked
    is known when the backend is unloaded and the tape has stopped, so it is the teardown that fails.
    """
    report = yield
    scenario, stage = item.stash.get(SCENARIO, None), item.stash.get(STAGE, None)
    violations = _violations(item, stage, call)
    if stage is not None and isinstance(stage.tape, RecordTape):
        withhold(report, stage.tape.secret_in)
    if scenario is None:
        return report
    if stage is not None and report.when == "call":
        stage.passed = report.passed
    if violations:
        report.outcome = "failed"
        report.longrepr = "\n".join(violations)
        report.__dict__.pop("wasxfail", None)
    if report.when == "teardown":
        facts = {**_facts(scenario, stage), **_capability(item, scenario)}
        report.user_properties.append((_PROPERTY, facts))
    return report


def _violations(item: pytest.Item, stage: Stage | None, call: pytest.CallInfo[None]) -> list[str]:
    """What neither a passed assertion nor a known gap excuses, in this phase of the test."""
    if call.excinfo is not None and isinstance(call.excinfo.value, CassetteError) and call.when == "setup":
        return [str(call.excinfo.value)]
    if call.when != "teardown":
        return []
    refusals = item.config.stash[REFUSALS]
    found = [*(stage.violations if stage is not None else []), *refusals]
    refusals.clear()
    return found


def _facts(scenario: Scenario, stage: Stage | None) -> dict[str, Any]:
    """What the controller needs to know, as plain data: reports cross processes."""
    facts: dict[str, Any] = {
        "backend": scenario.target.backend,
        "target": scenario.target.name,
        "group": scenario.group,
        "scenario": scenario.name,
        "source": str(scenario.source),
    }
    if stage is None or scenario.source is Source.SCRIPT:
        return facts
    if stage.tape is None:
        return {**facts, "live": stage.asked}
    if isinstance(stage.tape, RecordTape):
        return {**facts, "live": stage.tape.recorded}
    tape = stage.tape
    counts = {"played": tape.played, "unplayed": len(tape.unplayed)}
    return {**facts, **counts, "recorded": tape.provenance.recorded}


def _capability(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
    """What the scenario found of the capability that it needs or probes."""
    if MEASURED not in item.stash:
        return {}
    callspec: Any = getattr(item, "callspec", None)
    needs = item.get_closest_marker("needs")
    name = needs.args[0] if needs is not None else callspec.params["capability"]
    return {"measured": item.stash[MEASURED], "declared": scenario.target.capabilities.get(name)}


@dataclass(eq=False)  # a plugin must be hashable: pytest asks where a folder has a conftest.py of its own
class ResultCollector:
    """Puts the reports of a test's phases together; lives where all reports arrive."""

    results: Results = field(default_factory=Results)
    _reports: dict[str, list[pytest.TestReport]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a phase; the last one makes the result."""
        self._reports.setdefault(report.nodeid, []).append(report)
        if report.when == "teardown":
            reports = self._reports.pop(report.nodeid)
            facts = dict(report.user_properties).get(_PROPERTY)
            if isinstance(facts, dict):
                self.results.results.append(_result(report.nodeid, facts, reports))


def _result(nodeid: str, facts: dict[str, Any], reports: list[pytest.TestReport]) -> Result:
    outcome, reason = _judged(reports)
    if outcome is Outcome.PASSED and facts.get("declared") is False:
        outcome, reason = Outcome.UNSUPPORTED, "declared not to be there, and refused in words"
    return Result(
        **{**facts, "source": Source(facts["source"])},
        outcome=outcome,
        reason=reason,
        rerun=nodeid,
        fault=min(map(_fault, failed), key=list(Fault).index) if (failed := _failed(reports)) else None,
    )


def _failed(reports: list[pytest.TestReport]) -> list[pytest.TestReport]:
    return [report for report in reports if report.failed]


def _fault(report: pytest.TestReport) -> Fault:
    """A violation is told as plain text; where a snapshot differs, the assertion is the suite's own."""
    if isinstance(report.longrepr, str):
        return Fault.RECORDING
    crash = getattr(report.longrepr, "reprcrash", None)
    return Fault.SNAPSHOT if crash is not None and crash.path == snapshots.__file__ else Fault.LAW


def _judged(reports: list[pytest.TestReport]) -> tuple[Outcome, str]:
    # A violation, told as plain text, explains the assertion that failed before it.
    for report in sorted(reports, key=lambda each: not isinstance(each.longrepr, str)):
        if report.failed:
            return Outcome.FAILED, _first_words(report)
    for report in reports:
        if report.skipped and hasattr(report, "wasxfail"):
            return Outcome.KNOWN_GAP, str(report.wasxfail)
        if report.skipped:
            return Outcome.UNMEASURED, _first_words(report)
    return Outcome.PASSED, ""


def _first_words(report: pytest.TestReport) -> str:
    """Why, in a line or two: the message of the assertion, not its traceback; its end is what to do."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN // 2]} … {words[-_SHOWN // 2 :]}"
