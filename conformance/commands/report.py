"""The commands that write, show and combine reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.report import terminal
from conformance.report.combine import CombineError, combined
from conformance.report.file import ResultsError, read, write
from conformance.report.names import JUNIT, PAGE, RESULTS, SUMMARY
from conformance.report.results import Report

Say = Callable[[str], None]
"""Shows a line to the user."""

UNUSABLE = 2
"""The exit status when a file cannot be read or written, as for an invalid command line."""


def report(folder: Path, suite_arguments: Sequence[str], say: Say) -> int:
    """Run the suite, write the report into ``folder``, and return the exit status of the suite.

    Args:
        folder: replaces the report of an earlier run there.
        suite_arguments: the scenarios, the project, and what narrows them.
        say: shows a line to the user.
    """
    results = folder / RESULTS
    try:
        for stale in (RESULTS, JUNIT, PAGE, SUMMARY):
            (folder / stale).unlink(missing_ok=True)
    except OSError as error:
        say(str(error))
        return UNUSABLE
    written = ["--results", str(results), f"--junitxml={folder / JUNIT}"]
    status = int(pytest.main([*suite_arguments, *written]))
    if not results.is_file():
        return status
    return shown(results, folder, say) or status


def shown(results: Path, folder: Path, say: Say) -> int:
    """Write page, summary and badges of an existing results file; the exit status is 0 if that worked."""
    try:
        # Not at the top: checking a backend needs no Jinja2.
        from conformance.report.folder import write_folder

        whole = read(results)
        page = write_folder(whole, folder)
    except ModuleNotFoundError as error:
        say(f"{error}: pip install 'llm-backend-conformance[report]'")
        return UNUSABLE
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    say_doubts(results, whole, say)
    say(str(page))
    return 0


def combine(files: Sequence[Path], output: Path, say: Say) -> int:
    """Write several results files as one and show its matrix; the exit status is that of the worst run."""
    try:
        whole = combined([(str(path), read(path)) for path in files])
        write(whole, output)
    except (ResultsError, CombineError, OSError) as error:
        say(str(error))
        return UNUSABLE
    for line in [*terminal.shown(whole), *terminal.closing(whole), str(output)]:
        say(line)
    return int(whole.footer["exit_status"]) if whole.footer is not None else UNUSABLE


def say_doubts(path: Path, report: Report, say: Say) -> None:
    """Say why a file does not show the whole suite."""
    for doubt in report.doubts:
        say(f"{path}: {doubt}")
