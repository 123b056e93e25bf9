"""From pytest's reports to the results of scenarios."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.recording import RecordTape
from conformance.report.results import Outcome, Result, Results, Source
from conformance.suite.scenario import SCENARIO, Scenario
from conformance.suite.stage import STAGE, Stage

_PROPERTY = "conformance"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a scenario for what its recording says, also where it asserted nothing or is a known gap.

    The outermost wrapper, so that an xfail mark cannot turn it into an expected failure. It is known
    when the backend is unloaded and the tape has stopped, so it is the teardown that fails.
    """
    report = yield
    scenario, stage = item.stash.get(SCENARIO, None), item.stash.get(STAGE, None)
    if stage is not None and report.when == "call":
        stage.passed = report.passed
    if stage is not None and stage.violations and report.when == "teardown":
        report.outcome = "failed"
        report.longrepr = "\n".join(stage.violations)
        report.__dict__.pop("wasxfail", None)
    if scenario is not None and report.when == "teardown":
        report.user_properties.append((_PROPERTY, _facts(scenario, stage)))
    return report


def _facts(scenario: Scenario, stage: Stage | None) -> dict[str, Any]:
    """What the controller needs to know, as plain data: reports cross processes."""
    facts: dict[str, Any] = {
        "backend": scenario.target.backend,
        "target": scenario.target.name,
        "group": scenario.group,
        "scenario": scenario.name,
        "source": str(scenario.source),
    }
    if stage is None:
        return facts
    if isinstance(stage.tape, RecordTape):
        return {**facts, "live": stage.tape.recorded}
    return {**facts, "played": stage.tape.played, "unplayed": len(stage.tape.unplayed)}


@dataclass
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
    return Result(
        **{**facts, "source": Source(facts["source"])}, outcome=outcome, reason=reason, rerun=nodeid
    )


def _judged(reports: list[pytest.TestReport]) -> tuple[Outcome, str]:
    for report in reports:
        if report.failed:
            return Outcome.FAILED, _first_words(report)
    for report in reports:
        if report.skipped and hasattr(report, "wasxfail"):
            return Outcome.KNOWN_GAP, str(report.wasxfail)
        if report.skipped:
            return Outcome.UNMEASURED, _first_words(report)
    return Outcome.PASSED, ""


def _first_words(report: pytest.TestReport) -> str:
    """Why, in a line or two: the message of the assertion, not its traceback."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return " ".join(text.split())[:300]
