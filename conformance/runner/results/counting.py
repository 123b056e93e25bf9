"""pytest's last line counts each case once, as the outcome that it has in the report."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from conformance.report.parts import parts
from conformance.report.results import Outcome, Report, Result, Source

_CATEGORY = "conformance_category"
"""The attribute of a report that says as what it counts, empty where another phase counts instead."""

_SOURCE = "conformance_source"
"""The attribute of a report that says where the answers of its case came from."""

_APART = " by scripts"
"""What stands behind the outcomes of scripts in a run that asks a live server."""

_OWN = (Outcome.UNSUPPORTED, Outcome.NOT_JUDGED)
"""The outcomes that pytest does not have: to it they are a pass and a skip."""


def count_once(reports: Sequence[pytest.TestReport], result: Result) -> None:
    """Let only one of the phases of a case count, before pytest sees the last of them.

    pytest counts phases: a case that passed, and whose teardown failed, is a pass and an error.

    Args:
        reports: those of all its phases.
        result: what they make.
    """
    for report in reports:
        setattr(report, _SOURCE, result.source)
    outcome = result.outcome
    counted = reports[-1] if outcome in _OWN else next((each for each in reports if each.failed), None)
    if counted is None:
        return
    for report in reports:
        if report is not counted:
            setattr(report, _CATEGORY, "")
    if outcome in _OWN:
        setattr(counted, _CATEGORY, str(outcome))


class Counting:
    """Corrects what the reporter of the terminal has counted.

    Args:
        report: what the run has found so far.
    """

    def __init__(self, report: Report) -> None:
        self._report = report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Name the outcomes that pytest does not have; the letter of the case is there already."""
        category = getattr(report, _CATEGORY, "")
        return (category, "", "") if category else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        """Before the last line, forget the other phases, which have been shown, and tell scripts apart."""
        result = yield
        stats = terminalreporter.stats
        for reports in stats.values():
            reports[:] = [each for each in reports if getattr(each, _CATEGORY, "counts")]
        if len(parts(self._report.results)) > 1:
            for name, reports in list(stats.items()):
                apart = [each for each in reports if _is_apart(each)]
                if name and apart:
                    # An empty list stays: pytest's last line is red where there is one of failures.
                    reports[:] = [each for each in reports if not _is_apart(each)]
                    stats[name + _APART] = apart
        return result


def _is_apart(report: object) -> bool:
    return getattr(report, _SOURCE, Source.LIVE) is not Source.LIVE
