"""Makes the result of a scenario from pytest's reports of its phases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from conformance.recording.secrets.credentials import Credentials
from conformance.report.results import BASE, Fault, Outcome, Result, Source, Violation, ViolationKind
from conformance.runner.results.assertions import cut
from conformance.runner.stage import snapshots
from conformance.runner.targets.live import KEY
from conformance.runner.witness import WHOLE
from conformance.spec.contract import FIELDS, GROUPS, TOOL_CALLS

MAX_REASON = 400
"""Characters of a reason."""

MAX_CAUSE = 120
"""Characters of a cause, and of what came or was expected."""

MAX_TRACEBACK = 12_000
"""Characters of a failure in full; a longer one keeps its end, which says what was wrong."""

ABSENT = {
    "refused": "refused with an error",
    "ignored": "nothing of it is in the answer",
}
"""What a probe found where the capability is not there: such a case has passed nothing."""

_ATTRIBUTE = re.compile(r"`(\w+)[\w\[\].]*`")
"""How a cause begins that names the attribute that was wrong."""

_LINK = re.compile(r"https?://\S+")


def result_of(reports: Sequence[pytest.TestReport]) -> Result | None:
    """The result of a test from the reports of its phases; None for a test that is not a scenario."""
    if not hasattr(reports[-1], "conformance"):
        return None
    facts = {**reports[-1].conformance}
    ended = facts.pop("ended", [])
    outcome, reason = _outcome(reports)
    if outcome is Outcome.PASSED and ended != WHOLE:
        seen = ", ".join(ended) or "none"
        outcome = Outcome.ERRORED
        reason = f"reported as passed, but of setup, call and teardown these ended without an error: {seen}"
    if outcome is Outcome.PASSED and facts.get("measured") in ABSENT:
        outcome, reason = Outcome.UNSUPPORTED, _unsupported(facts)
    hidden = Credentials([KEY]).hidden
    # A violation is the cause of whatever failed before it, and says what to do.
    is_violation = any(map(_has_violations, reports))
    causes = (getattr(report, "cause", None) for report in reports if not is_violation)
    found = next(filter(None, causes), {"words": ""})
    cause = {name: cut(hidden(text), MAX_CAUSE) for name, text in found.items()}
    link = _LINK.search(reason) if outcome is Outcome.KNOWN_GAP else None
    transcript = facts.get("transcript")
    return Result(
        **{
            **facts,
            "source": Source(facts["source"]),
            "tier": _tier(facts, outcome, cause["words"]),
            "missing": tuple(facts["missing"]),
            "transcript": json.loads(transcript) if transcript is not None else None,
        },
        outcome=outcome,
        reason=hidden(reason),
        cause=(cause["words"] or hidden(reason)) if outcome.is_failure else "",
        got=cause.get("got", ""),
        expected=cause.get("expected", ""),
        violations=tuple(_violations_of(reports)),
        fault=min((_fault(each) for each in reports if each.failed), key=list(Fault).index, default=None),
        seconds=round(sum(report.duration for report in reports), 4),
        link=link[0] if link is not None else "",
        traceback=hidden("\n".join(filter(None, map(_traceback, reports)))[-MAX_TRACEBACK:]),
    )


def _unsupported(facts: Mapping[str, Any]) -> str:
    declared = "not declared" if facts["declared"] is None else "declared absent"
    return f"{declared}, and {ABSENT[facts['measured']]}"


def _violations_of(reports: Sequence[pytest.TestReport]) -> Iterator[Violation]:
    hidden = Credentials([KEY]).hidden
    for report in reports:
        for each in getattr(report, "violations", ()):
            yield Violation(ViolationKind(each["kind"]), hidden(each["message"]))


def _has_violations(report: pytest.TestReport) -> bool:
    return bool(getattr(report, "violations", ()))


def _fault(report: pytest.TestReport) -> Fault:
    """What a failed phase violated; the assertion of a snapshot is in the module ``snapshots``."""
    if _has_violations(report):
        return Fault.RECORDING
    if getattr(report, "closed_gap", False):
        return Fault.CLOSED_GAP
    crash = getattr(report.longrepr, "reprcrash", None)
    return Fault.SNAPSHOT if crash is not None and crash.path == snapshots.__file__ else Fault.LAW


def _outcome(reports: Sequence[pytest.TestReport]) -> tuple[Outcome, str]:
    failed = [report for report in reports if report.failed or _has_violations(report)]
    if violated := [report for report in failed if _has_violations(report)]:
        # A violation explains the assertion that failed before it.
        return Outcome.FAILED, _reason(violated[0])
    if failed:
        reasons = dict.fromkeys(map(_reason, failed))
        outcome = Outcome.ERRORED if getattr(failed[0], "crashed", False) else Outcome.FAILED
        return outcome, "; at the end: ".join(reasons)
    if reports[-1].conformance["missing"] and any(report.skipped for report in reports):
        return Outcome.NOT_JUDGED, next(_reason(report) for report in reports if report.skipped)
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
    return text if len(text) <= MAX_REASON else f"{text[: MAX_REASON // 2]} … {text[-MAX_REASON // 2 :]}"


def _traceback(report: pytest.TestReport) -> str:
    """The failure of a phase in full, also that of a known gap."""
    return str(report.longrepr) if report.failed or hasattr(report, "wasxfail") else ""


def _tier(facts: Mapping[str, Any], outcome: Outcome, cause: str) -> str:
    """The tier that a case judges; a failure belongs to the extension whose attribute was wrong.

    Of a backend that lacks the extension only the base was judged, and no backend may crash.
    """
    named = _ATTRIBUTE.match(cause) if outcome.is_failure else None
    about = FIELDS.get(named[1] if named else "", GROUPS.get(facts["group"], BASE))
    return BASE if outcome is Outcome.ERRORED or about in (TOOL_CALLS, *facts["missing"]) else about
