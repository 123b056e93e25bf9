"""pytest's last line counts each case once, as the outcome that it has in the report."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from conformance.report.results import Outcome

_CATEGORY = "conformance_category"
"""The attribute of a report that says as what it counts, empty where another phase counts instead."""

_OWN = (Outcome.UNSUPPORTED, Outcome.NOT_JUDGED)
"""The outcomes that pytest does not have: to it they are a pass and a skip."""


def count_once(reports: Sequence[pytest.TestReport], outcome: Outcome) -> None:
    """Let only one of the phases of a case count, before pytest sees the last of them.

    pytest counts phases: a case that passed, and whose teardown failed, is a pass and an error.

    Args:
        reports: those of all its phases.
        outcome: how it ended.
    """
    counted = reports[-1] if outcome in _OWN else next((each for each in reports if each.failed), None)
    if counted is None:
        return
    for report in reports:
        if report is not counted:
            setattr(report, _CATEGORY, "")
    if outcome in _OWN:
        setattr(counted, _CATEGORY, str(outcome))


class Counting:
    """Corrects what the reporter of the terminal has counted."""

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Name the outcomes that pytest does not have; the letter of the case is there already."""
        category = getattr(report, _CATEGORY, "")
        return (category, "", "") if category else None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> Generator[None, object, object]:
        """Forget the other phases once all of them are shown, just before the last line."""
        result = yield
        for reports in terminalreporter.stats.values():
            reports[:] = [each for each in reports if getattr(each, _CATEGORY, "counts")]
        return result
