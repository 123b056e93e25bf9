"""Shows at the end of a run how the recorded provider traffic was decoded."""

from __future__ import annotations

import pytest

from tests.corpus.traffic_summary import summary


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts; the reports of xdist's workers arrive here too."""
    if lines := list(summary(terminalreporter.stats)):
        terminalreporter.section("real answers")
        terminalreporter.write("\n".join([*lines, ""]))
