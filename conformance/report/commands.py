"""The commands that make, join and compare reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.report import durations, terminal
from conformance.report.combine import CombineError, combined
from conformance.report.difference import difference
from conformance.report.file import ResultsError, read, write
from conformance.report.names import JUNIT, PAGE, RESULTS, SUMMARY
from conformance.report.results import Report

Say = Callable[[str], None]

UNUSABLE = 2
"""The exit status where a file cannot be used, as of a command line that cannot be."""


def report(folder: Path, pytest_arguments: Sequence[str], say: Say) -> int:
    """Run the suite, write the report into ``folder``, and give the exit status of the suite.

    Args:
        folder: where it is written; what an earlier run left there is replaced.
        pytest_arguments: the scenarios, the project, and what narrows them.
        say: shows a line to whoever waits.
    """
    results = folder / RESULTS
    for stale in (RESULTS, JUNIT, PAGE, SUMMARY):
        (folder / stale).unlink(missing_ok=True)
    written = ["--results", str(results), f"--junitxml={folder / JUNIT}"]
    status = int(pytest.main([*pytest_arguments, *written]))
    if not results.is_file():
        return status
    return shown(results, folder, say) or status


def shown(results: Path, folder: Path, say: Say) -> int:
    """Write the report of a results file that is there; the exit status says whether it could be read."""
    try:
        # Not above: whoever only checks a backend needs no Jinja2.
        from conformance.report.folder import write_folder

        whole = read(results)
    except ModuleNotFoundError as error:
        say(f"{error}: pip install 'llm-backend-conformance[report]'")
        return UNUSABLE
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    _say_doubts(results, whole, say)
    say(str(write_folder(whole, folder)))
    return 0


def combine(files: Sequence[Path], output: Path, say: Say) -> int:
    """Write several results files as one and show its matrix; the exit status is that of the worst run."""
    try:
        whole = combined([(str(path), read(path)) for path in files])
    except (ResultsError, CombineError, OSError) as error:
        say(str(error))
        return UNUSABLE
    write(whole, output)
    for line in [*terminal.shown(whole), *terminal.closing(whole), str(output)]:
        say(line)
    return int(whole.footer["exit_status"]) if whole.footer is not None else UNUSABLE


def balance(results: Path, say: Say) -> int:
    """Note beside the pyproject.toml how long the slow runs of a results file took, for shards of one size.

    What a narrowed run says nothing about stays as it was noted.
    """
    file = Path(durations.DURATIONS)
    try:
        report = read(results)
        known = durations.read(file) if report.doubts else {}
    except (ResultsError, durations.DurationsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    _say_doubts(results, report, say)
    asked = {each.title for each in report}
    kept = {title: seconds for title, seconds in known.items() if title not in asked}
    found = kept | durations.slow(report)
    durations.write(found, file)
    say(f"{file}: {len(found)} runs of {durations.SLOW} s or more, {sum(found.values()):.0f} s together")
    return 0


def diff(old: Path, new: Path, say: Say) -> int:
    """Say what changed between two results files; the exit status is 1 where something got worse.

    A file of a run that broke off is compared as far as it goes, and 2 says so where nothing got worse.
    """
    try:
        before, after = read(old), read(new)
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    _say_doubts(old, before, say)
    _say_doubts(new, after, say)
    found = difference(before, after)
    for line in found.lines():
        say(line)
    if found.regressed:
        return 1
    return UNUSABLE if before.is_incomplete or after.is_incomplete else 0


def _say_doubts(path: Path, report: Report, say: Say) -> None:
    for doubt in report.doubts:
        say(f"{path}: {doubt}")
