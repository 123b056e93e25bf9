"""Turns pytest's reports into the results of scenarios."""

from __future__ import annotations

import json
import re
import sysconfig
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.entry import SUITE, is_here
from conformance.recording import CassetteError, CassetteMissing, SecretFound
from conformance.recording.secrets.credentials import Credentials
from conformance.report.results import Fault, Outcome, Result, Source, Violation, ViolationKind
from conformance.runner.collection.bugs import known_bugs
from conformance.runner.collection.capabilities import MEASURED
from conformance.runner.collection.scenario import INDEX, SCENARIO, Scenario, law_of
from conformance.runner.results.assertions import failed_comparison
from conformance.runner.results.redaction import redact, secret_finder
from conformance.runner.results.transcript import TRANSCRIPT, transcript_of
from conformance.runner.stage import snapshots
from conformance.runner.stage.stage import STAGE, Stage
from conformance.runner.targets.live import KEY
from conformance.spec import interview, laws

_SHOWN = 400
"""Characters of a reason."""

_WORDS = 12_000
"""Characters of a failure; a longer one keeps its end, which says what was wrong."""

_JUDGES = (Path(laws.__file__), Path(interview.__file__))
_PYTHON = Path(sysconfig.get_path("stdlib"))

_LINK = re.compile(r"https?://\S+")

REFUSALS = pytest.StashKey[list[str]]()
"""Connections that the guard of the run has refused; a stage has a guard of its own."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a scenario for its violations, also where it asserted nothing or is a known gap.

    This is the outermost wrapper, so that an xfail mark cannot excuse a violation. It is the teardown that
    fails: only when the backend is unloaded and the player has stopped is it known what was asked.
    """
    report = yield
    scenario, stage = item.stash.get(SCENARIO, None), item.stash.get(STAGE, None)
    violations = _violations(item, stage, call)
    comparison = failed_comparison(item.config, call)
    if (secret_in := secret_finder(item.config, stage)) is not None:
        redact(report, secret_in)
    if scenario is None:
        return report
    if stage is not None and report.when == "call":
        stage.passed = report.passed
    if TRANSCRIPT in item.stash and comparison is not None:
        item.stash[TRANSCRIPT].compared = comparison
    # A test that raised nothing and failed all the same has a strict xfail mark.
    report.closed_gap = report.when == "call" and report.failed and call.excinfo is None  # type: ignore[attr-defined]
    if violations:
        report.outcome = "failed"
        report.longrepr = "\n".join(each.message for each in violations)
        report.__dict__.pop("wasxfail", None)
    # Attributes cross processes as user_properties do, and are not written into JUnit's XML.
    report.violations = [{"kind": str(each.kind), "message": each.message} for each in violations]  # type: ignore[attr-defined]
    report.crashed = _is_crash(item, call)  # type: ignore[attr-defined]
    if report.when == "teardown":
        facts = {
            **_facts(item, scenario, stage),
            **_capability(item, scenario),
            **transcript_of(item, stage),
        }
        report.conformance = facts  # type: ignore[attr-defined]
        # pytest keeps every item to the end of the run, which would keep every exchange in memory.
        if STAGE in item.stash:
            del item.stash[STAGE]
        if TRANSCRIPT in item.stash:
            del item.stash[TRANSCRIPT]
    return report


def _is_crash(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Whether an exception came from the backend or the harness, and is no verdict on an answer.

    An exception of a scenario's own code is a verdict too, as where it unpacks two calls and there is one.
    """
    verdicts = (AssertionError, pytest.fail.Exception, pytest.skip.Exception, CassetteError)
    if call.excinfo is None or isinstance(call.excinfo.value, verdicts):
        return False
    if call.when != "call":
        return True
    judges = {item.path, *_JUDGES}
    frames = [Path(entry.path) for entry in call.excinfo.traceback.cut(path=item.path)]
    return any(path not in judges and not _is_of_python(path) for path in frames)


def _is_of_python(path: Path) -> bool:
    return path.is_relative_to(_PYTHON) and "site-packages" not in path.parts


def _violations(item: pytest.Item, stage: Stage | None, call: pytest.CallInfo[None]) -> list[Violation]:
    """The violations that belong to this phase of the test."""
    found = []
    if call.excinfo is not None and isinstance(call.excinfo.value, CassetteError) and call.when != "call":
        found.append(_violation_of(call.excinfo.value))
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


def _facts(item: pytest.Item, scenario: Scenario, stage: Stage | None) -> dict[str, Any]:
    """What the controller needs to know, as plain data: xdist sends reports between processes."""
    facts: dict[str, Any] = {
        "backend": scenario.target.backend,
        "target": scenario.target.name,
        "group": scenario.group,
        "scenario": scenario.name,
        "source": str(scenario.source),
        "rerun": _rerun(item),
        "index": item.stash[INDEX],
        **_catalogued(item, scenario),
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
    """The id that runs it again; of an installed suite with the module, for its path differs by machine."""
    module = item.module.__name__  # type: ignore[attr-defined]
    if is_here(item.config.rootpath) or not module.startswith(SUITE):
        return item.nodeid
    return f"{module}::{item.nodeid.partition('::')[2]}"


def _catalogued(item: pytest.Item, scenario: Scenario) -> dict[str, Any]:
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
    """What the scenario found out about the capability that it needs or probes."""
    if MEASURED not in item.stash:
        return {}
    callspec: Any = getattr(item, "callspec", None)
    needs = item.get_closest_marker("needs")
    name = needs.args[0] if needs is not None else callspec.params["capability"]
    return {"measured": item.stash[MEASURED], "declared": scenario.target.capabilities.get(name)}


def result_of(reports: Sequence[pytest.TestReport]) -> Result | None:
    """The result of a test from the reports of its phases; None for a test that is no scenario."""
    facts = getattr(reports[-1], "conformance", None)
    if facts is None:
        return None
    outcome, reason = _judged(reports)
    if outcome is Outcome.PASSED and facts.get("declared") is False:
        outcome, reason = Outcome.UNSUPPORTED, "declared absent, and refused with an error"
    hidden = Credentials([KEY]).hidden
    link = _LINK.search(reason) if outcome is Outcome.KNOWN_GAP else None
    transcript = facts.get("transcript")
    return Result(
        **{
            **facts,
            "source": Source(facts["source"]),
            "transcript": json.loads(transcript) if transcript is not None else None,
        },
        outcome=outcome,
        reason=hidden(reason),
        violations=tuple(_violations_of(reports)),
        fault=min(map(_fault, failed), key=list(Fault).index) if (failed := _failed(reports)) else None,
        seconds=round(sum(report.duration for report in reports), 4),
        link=link[0] if link is not None else "",
        traceback=hidden("\n".join(filter(None, map(_failure_text, reports)))[-_WORDS:]),
    )


def _violations_of(reports: Sequence[pytest.TestReport]) -> Iterator[Violation]:
    hidden = Credentials([KEY]).hidden
    for report in reports:
        for each in getattr(report, "violations", ()):
            yield Violation(ViolationKind(each["kind"]), hidden(each["message"]))


def _failed(reports: Sequence[pytest.TestReport]) -> list[pytest.TestReport]:
    return [report for report in reports if report.failed]


def _fault(report: pytest.TestReport) -> Fault:
    """The assertion of a snapshot that differs is in the suite's own module."""
    if getattr(report, "violations", ()):
        return Fault.RECORDING
    if getattr(report, "closed_gap", False):
        return Fault.CLOSED_GAP
    crash = getattr(report.longrepr, "reprcrash", None)
    return Fault.SNAPSHOT if crash is not None and crash.path == snapshots.__file__ else Fault.LAW


def _judged(reports: Sequence[pytest.TestReport]) -> tuple[Outcome, str]:
    # A violation explains the assertion that failed before it.
    for report in sorted(reports, key=lambda each: not getattr(each, "violations", ())):
        if report.failed:
            crashed = getattr(report, "crashed", False) and not getattr(report, "violations", ())
            return Outcome.ERRORED if crashed else Outcome.FAILED, _reason(report)
    for report in reports:
        if report.skipped and hasattr(report, "wasxfail"):
            return Outcome.KNOWN_GAP, str(report.wasxfail)
        if report.skipped:
            return Outcome.UNMEASURED, _reason(report)
    return Outcome.PASSED, ""


def _reason(report: pytest.TestReport) -> str:
    """The message of a failure without its traceback; a long one keeps its end, which says what to do."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash is not None else str(report.longrepr)
    text = " ".join(message.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} … {text[-_SHOWN // 2 :]}"


def _failure_text(report: pytest.TestReport) -> str:
    """The failure of a phase in full, also of a known gap."""
    return str(report.longrepr) if report.failed or hasattr(report, "wasxfail") else ""
