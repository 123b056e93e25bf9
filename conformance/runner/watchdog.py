"""Names the scenario that ended its worker of xdist, or that did not end; a new worker runs the others.

A worker notes which scenario it starts. ``faulthandler`` ends the worker after the limit from a thread of its
own, also where the backend holds the interpreter in C code, and writes there what every thread was doing.
Without workers nothing is watched: whoever runs pytest in one process may be in a debugger.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import signal
import sysconfig
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance.runner.collection.scenario import SCENARIO
from conformance.runner.results.outcome import facts_of

GIVE_UP = 5
"""How many workers a target may end; each takes up to the time limit of a scenario."""

GRACE = 5.0
"""Seconds after its limit in which a worker has to end itself."""

_GIVEN_UP = "given-up"
_STARTED = ".started.json"

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
        self._given_up = folder / _GIVEN_UP

    def pytest_sessionstart(self) -> None:
        """Note where a crash happens, in place of pytest's own note, which goes to a worker's stderr."""
        faulthandler.enable(self._stacks)
        # Ctrl-C is for the controller, which ends its workers. It reaches none behind a socket, and such
        # a one may run in a thread that must not set this.
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Where memory runs out, the kernel ends the worker, and not whoever has to tell of it.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", "utf-8")

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
            "process": os.getpid(),
        }
        self._started.write_text(json.dumps(started), "utf-8")
        faulthandler.dump_traceback_later(self._limit, file=self._stacks, exit=True)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._started.unlink(missing_ok=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Do not ask a target that was given up."""
        scenario = item.stash.get(SCENARIO, None)
        if scenario is None or not self._given_up.is_file():
            return
        if (label := scenario.target.label) in self._given_up.read_text("utf-8").splitlines():
            pytest.skip(f"not asked: {label} has ended {GIVE_UP} processes")


class Overseer:
    """Ends a worker that its own watchdog does not: the process is stopped, or has lost its watchdog.

    Args:
        folder: where the workers note what they run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._over = threading.Event()
        threading.Thread(target=self._oversee, daemon=True).start()

    def stop(self) -> None:
        """End no worker any more."""
        self._over.set()

    def _oversee(self) -> None:
        while not self._over.wait(1.0):
            for started in self._folder.glob(f"*{_STARTED}"):
                with suppress(OSError, ValueError):  # it ended just now
                    noted = json.loads(started.read_text("utf-8"))
                    if time.time() - started.stat().st_mtime > noted["limit"] + GRACE:
                        stacks = _stacks_file(self._folder, started.name.removesuffix(_STARTED))
                        stacks.write_text("the process did not react\n", "utf-8")
                        os.kill(noted["process"], signal.SIGKILL)


def give_up(folder: Path, label: str) -> None:
    """Tell the workers that a target has ended so many that it is not asked any more."""
    with (folder / _GIVEN_UP).open("a", encoding="utf-8") as file:
        file.write(f"{label}\n")


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

    @property
    def label(self) -> str:
        """``backend@target``."""
        return f"{self.facts['backend']}@{self.facts['target']}"


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
        cause, words = f"{name} ended the process, as os._exit or a signal does", ""
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
    return folder / f"{worker}{_STARTED}"


def _stacks_file(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.stacks"
