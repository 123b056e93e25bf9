"""Names the scenario that ended its worker of xdist, or that did not end; a new worker runs the others.

A worker notes which scenario it starts. ``faulthandler`` ends the worker after the limit from a thread of its
own, also where the backend holds the interpreter in C code, and writes there what every thread was doing.
Without workers nothing is watched: whoever runs pytest in one process may be in a debugger.
"""

from __future__ import annotations

import faulthandler
import json
import re
import sysconfig
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.runner.collection.scenario import SCENARIO
from conformance.runner.results.outcome import facts_of

LIMIT = 30.0
"""Seconds that a scenario may take; the longest of the suite takes four on a quiet machine."""

LIVE_LIMIT = 300.0
"""The same where a real server answers: it may have to load a model first."""

_SUITE = Path(conformance.__file__).parent
_PYTHON = Path(sysconfig.get_path("stdlib"))
_TOOLS = ("_pytest", "pluggy", "pytest", "xdist", "execnet")
_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.M)
_FATAL = re.compile(r"^Fatal Python error: (.+)$", re.M)


class Watchdog:
    """Watches the scenarios of one worker.

    Args:
        folder: where the worker writes its two files.
        worker: the worker's name.
        limit: seconds that a scenario may take.
    """

    def __init__(self, folder: Path, worker: str, limit: float) -> None:
        self._started = _started_file(folder, worker)
        self._stacks = _stacks_file(folder, worker).open("w", encoding="utf-8")
        self._limit = limit

    def pytest_sessionstart(self) -> None:
        """Note where a crash happens, in place of pytest's own note, which goes to a worker's stderr."""
        faulthandler.enable(self._stacks)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch one scenario, from its setup to its teardown."""
        scenario = item.stash.get(SCENARIO, None)
        if scenario is None:
            return (yield)
        name = scenario.target.factory.rpartition(":")[2]
        started = {
            "facts": facts_of(item, scenario, None),
            "class": name,
            "file": str(item.path),
            "limit": self._limit,
        }
        self._started.write_text(json.dumps(started), "utf-8")
        faulthandler.dump_traceback_later(self._limit, file=self._stacks, exit=True)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()


@dataclass(frozen=True)
class Ended:
    """A scenario that ended its worker.

    Attributes:
        facts: what is known of the scenario.
        reason: how it ended the worker, and in which method of the backend.
        cause: the same without the line of code.
        stacks: what each thread was doing, as ``faulthandler`` writes it; empty where it could not.
    """

    facts: dict[str, Any]
    reason: str
    cause: str
    stacks: str


def ended_by(folder: Path, worker: str) -> Ended | None:
    """What ended a worker; None where it had started no scenario."""
    started = _started_file(folder, worker)
    if not started.is_file():
        return None
    noted = json.loads(started.read_text("utf-8"))
    stacks = _stacks_file(folder, worker).read_text("utf-8", "replace")
    name = noted["class"]
    method, line = _place(stacks, Path(noted["file"]))
    where = f" in {name}.{method}" if method else ""
    if fatal := _FATAL.search(stacks):
        cause, words = f"the process crashed{where}", f": {fatal[1]}"
    elif stacks:
        cause, words = f"still running after {noted['limit']:g} s{where}", ""
    else:
        cause, words = f"{name} ended the process, as os._exit does", ""
    return Ended(noted["facts"], f"{cause}{line and f' ({line})'}{words}", cause, stacks)


def _place(stacks: str, scenario: Path) -> tuple[str, str]:
    """The method of the backend that the ``scenario`` had called, on whichever thread, and where it was."""
    threads = [_FRAME.findall(block) for block in stacks.split("\n\n")]
    for frames in reversed(threads):  # the main thread is the last
        for file, line, function in reversed(frames):
            if Path(file) != scenario and not _is_of_suite(Path(file)):
                return function, f"{Path(file).name}:{line}"
    return "", ""


def _is_of_suite(file: Path) -> bool:
    tools = not set(_TOOLS).isdisjoint(file.parts) or file.is_relative_to(_SUITE)
    return (
        tools
        or not file.is_absolute()
        or (file.is_relative_to(_PYTHON) and "site-packages" not in file.parts)
    )


def _started_file(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.started.json"


def _stacks_file(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.stacks"
