"""Fails a scenario for its violations, and adds to pytest's report what is known of the scenario."""

from __future__ import annotations

import sysconfig
from collections.abc import Generator
from pathlib import Path

import pytest

from conformance.recording import CassetteError, CassetteMissing, RequestNotRecorded, SecretFound
from conformance.report.results import Violation, ViolationKind
from conformance.runner.collection.scenario import SCENARIO
from conformance.runner.results.assertions import failed_comparison
from conformance.runner.results.facts import facts_of
from conformance.runner.results.redaction import redact, secret_finder
from conformance.runner.results.transcript import TRANSCRIPT, transcript_of
from conformance.runner.stage.stage import STAGE, Stage
from conformance.spec import interview, laws

_OWN_FILES = (Path(laws.__file__), Path(interview.__file__))
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
        report.conformance = facts_of(item, scenario, stage) | transcript_of(item, stage)  # type: ignore[attr-defined]
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
    failures = (AssertionError, pytest.fail.Exception, pytest.skip.Exception, CassetteError)
    if call.excinfo is None or isinstance(call.excinfo.value, failures):
        return False
    if call.when != "call":
        return True
    own = {item.path, *_OWN_FILES}
    frames = [Path(entry.path) for entry in call.excinfo.traceback.cut(path=item.path)]
    return any(path not in own and not _is_of_python(path) for path in frames)


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
