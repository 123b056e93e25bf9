"""Shows at the end of a run how the recorded provider traffic was decoded, and what was not run."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.corpus.traffic_summary import summary
from tests.support.not_run import not_run


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Print both below pytest's own summary; the reports of xdist's workers arrive here too."""
    shows_skipped = "s" in terminalreporter.reportchars
    terminalreporter.reportchars = terminalreporter.reportchars.replace("s", "")
    yield
    if lines := list(summary(terminalreporter.stats)):
        terminalreporter.section("real answers")
        terminalreporter.write("\n".join([*lines, ""]))
    if shows_skipped:
        for line in not_run(terminalreporter.stats.get("skipped", ())):
            terminalreporter.write_line(line)
