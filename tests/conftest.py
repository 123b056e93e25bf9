"""Shows at the end of a run how the real answers were read."""

from __future__ import annotations

import pytest
from traffic_counts import table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """All reports arrive here, those of xdist's workers too."""
    if lines := table(terminalreporter.stats):
        terminalreporter.section("real answers")
        terminalreporter.write("\n".join([*lines, ""]))
