"""The commands that write, show and combine reports."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from conformance.commands.command import (
    UNUSABLE,
    Subcommands,
    add_command,
    add_selection,
    matrix_arguments,
    say,
)
from conformance.commands.suite import run_suite
from conformance.report import terminal
from conformance.report.combine import CombineError, combined
from conformance.report.file import ResultsError, read, write
from conformance.report.names import JUNIT, PAGE, RESULTS, SUMMARY
from conformance.report.results import Report


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``report`` and ``combine``."""
    words = "run the suite and write report/: results, page, summary, JUnit and badges"
    report = add_command(commands, "report", _report, words)
    add_selection(report)
    report.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path("report"), help="its folder (%(default)s)"
    )
    report.add_argument("-n", "--workers", metavar="N", default="auto", help="use N processes (%(default)s)")
    report.add_argument("--results", metavar="FILE", type=Path, help="run nothing, show these results")
    words = "combine the results of shards and of other repositories; a missing shard is an error"
    combine = add_command(commands, "combine", _combine, words)
    combine.add_argument("files", metavar="FILE", nargs="+", type=Path)
    combine.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)


def _report(options: argparse.Namespace) -> int:
    if options.results is not None:
        return _show(options.results, options.output)
    return write_report(options.output, matrix_arguments(options, options.workers))


def write_report(folder: Path, suite_arguments: Sequence[str]) -> int:
    """Run the suite, replace the report in ``folder``, and return the exit status of the suite."""
    results = folder / RESULTS
    try:
        for stale in (RESULTS, JUNIT, PAGE, SUMMARY):
            (folder / stale).unlink(missing_ok=True)
    except OSError as error:
        say(str(error))
        return UNUSABLE
    status = run_suite([*suite_arguments, f"--junitxml={folder / JUNIT}"], results)
    if not results.is_file():
        return status
    return _show(results, folder) or status


def _show(results: Path, folder: Path) -> int:
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
    say_doubts(results, whole)
    say(str(page))
    return 0


def _combine(options: argparse.Namespace) -> int:
    """Write several results files as one and show its matrix; the exit status is that of the worst run."""
    try:
        whole = combined([(str(path), read(path)) for path in options.files])
        write(whole, options.output)
    except (ResultsError, CombineError, OSError) as error:
        say(str(error))
        return UNUSABLE
    for line in [*terminal.shown(whole), *terminal.closing(whole), str(options.output)]:
        say(line)
    return int(whole.footer["exit_status"]) if whole.footer is not None else UNUSABLE


def say_doubts(path: Path, report: Report) -> None:
    """Say why a file does not show the whole suite."""
    for doubt in report.doubts:
        say(f"{path}: {doubt}")
