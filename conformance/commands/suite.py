"""Runs the suite in a process of its own, and judges the run by what that process has written.

This process imports nothing of a project: no backend, conftest.py or plugin can end it or decide its status.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from types import FrameType
from typing import BinaryIO

from conformance.commands.command import FAILED, SUITE_BROKEN, UNUSABLE, USAGE, say
from conformance.report import terminal
from conformance.report.file import ResultsError, parsed
from conformance.report.results import Report
from conformance.runner.limits import LIMIT
from conformance.runner.targets.pyproject import tables_in
from conformance.runner.targets.target import BindingError, NothingBoundError
from provider.json_values import json_or, mapping

STALLED = 5
"""A run in which nothing has ended for so many times the limit of a scenario is ended."""

ENDING = 10.0
"""Seconds in which such a run may end by itself."""

_TICK = 0.2


def run_suite(arguments: Sequence[str], results: Path | None = None) -> int:
    """Run pytest with these arguments, and return the exit status that its results justify.

    Args:
        arguments: those of pytest; they choose what is asked.
        results: the results file, which is replaced; None where nobody wants it.
    """
    try:
        # pytest reads it too, and ends in a traceback where it is nested too deep or no file.
        tables_in(Path.cwd() / "pyproject.toml")
    except NothingBoundError:
        pass
    except BindingError as error:
        say(str(error))
        return USAGE
    if results is None:
        with TemporaryDirectory(prefix="conformance-") as folder:
            return run_suite(arguments, Path(folder) / "results.jsonl")
    try:
        results.parent.mkdir(parents=True, exist_ok=True)
        file = results.open("wb+")
    except OSError as error:
        say(f"--results: {error}")
        return UNUSABLE
    with file:
        status = _ended([sys.executable, "-m", "pytest", *arguments, "--results", str(results)], file)
        if not os.fstat(file.fileno()).st_size:
            results.unlink(missing_ok=True)
        return _justified(status, results, file)


def _justified(status: int, path: Path, file: BinaryIO) -> int:
    """The exit status of a run; where it is another than that of its process, why is shown."""
    report, mistakes = _written(path, file)
    if report is None:
        # A usage error has no results; whoever made it has been told.
        return status or _said(mistakes, SUITE_BROKEN)
    if report.footer is None:
        lines = terminal.shown(report) if len(report) else []
        return _said([*lines, *mistakes, *map(str, report.doubts)], status or FAILED)
    told = status or int(report.footer["exit_status"])
    if mistakes or not told:
        mistakes += [str(doubt) for doubt in report.doubts] if report.is_incomplete else []
        mistakes += ["nothing was asked"] if not len(report) else []
        mistakes += [f"failed: {each.title}" for each in report if each.outcome.is_failure]
    return _said(mistakes, told or FAILED) if mistakes else told


def _said(lines: Sequence[str], status: int) -> int:
    for line in lines:
        say(line)
    return int(status)


def _written(path: Path, file: BinaryIO) -> tuple[Report | None, list[str]]:
    """What the run wrote, read from the file that this process has opened, and what is wrong with it."""
    if not os.fstat(file.fileno()).st_size:
        return None, ["the run wrote no results"]
    file.seek(0)
    try:
        report = parsed(path, file)
    except ResultsError as error:
        return None, [str(error)]
    with suppress(OSError):
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return report, []
    return report, [f"{path}: something has replaced this file; it is not what the run wrote"]


def _ended(command: Sequence[str], file: BinaryIO) -> int:
    """Run a command to its end, and then end what it has left behind; the exit status of its process."""
    process = subprocess.Popen(command, start_new_session=True)
    with _handing_on(process):
        status = _status(process, file)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if status < 0:
        say(f"the process that ran the suite was ended by {signal.Signals(-status).name}")
    return status if status >= 0 else 128 - status


def _status(process: subprocess.Popen[bytes], file: BinaryIO) -> int:
    """Wait for a process as long as it writes; one that does not, and does not end, is ended."""
    size, since = 0, monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_TICK)
        if (now := os.fstat(file.fileno()).st_size) != size:
            size, since = now, monotonic()
        elif monotonic() - since > (allowed := STALLED * _limit(file)):
            say(f"the run was ended: for {allowed:g} s it has neither written a result nor ended")
            # pytest then writes what each of its threads is doing.
            os.killpg(process.pid, signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                return process.wait(ENDING)
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def _limit(file: BinaryIO) -> float:
    """The seconds that a scenario of the run may take, as its header says; LIMIT before there is one."""
    file.seek(0)
    header = mapping(json_or({}, file.readline()))
    return float(header.get("time_limit", LIMIT))


@contextmanager
def _handing_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand Ctrl-C and a request to end on to a process, which is in a session of its own."""

    def hand_on(number: int, _: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)

    before = {number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
