"""Backends that end, hold or change the process that asks them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import conformance
from conformance.commands.torture.case import Case
from conformance.report.file import read
from conformance.report.results import Outcome, Report

PATIENCE = 180.0
"""Seconds after which a run counts as one that does not end."""

LIMIT = 5.0
"""Seconds that a scenario may take in these runs."""

SCENARIO = "invoke/w*"
"""The scenarios that are asked: few, for each case is a run of its own."""

BACKENDS = """
import json, os, sys, threading

from provider.openai import OpenAILLM


class Good(OpenAILLM):
    pass


class Bad(OpenAILLM):
    def invoke(self, messages, *args, **kwargs):
        if not os.path.exists("done"):
            open("done", "w").close()
            fault()
        return super().invoke(messages, *args, **kwargs)


def fault():
"""

PROJECT = """
[tool.conformance.backends.{name}]
class = "mine:{class}"

[tool.conformance.backends.{name}.targets.script]
model = "tiny"
dialect = "openai"
path = "/v1"
source = "script"
"""

ONCE = {
    "a process that ends": "os._exit(0)",
    "a crash in C": "import ctypes; ctypes.string_at(0)",
    "a deadlock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
}
"""Faults of one call, after which the backend answers as it should."""


def survived(fault: str, folder: Path) -> str:
    """Ask a bad backend and a good one; the bad one errs once, and everything else is asked and passes."""
    (folder / "mine.py").write_text(BACKENDS + f"    {fault}\n", "utf-8")
    declared = [{"name": "bad", "class": "Bad"}, {"name": "good", "class": "Good"}]
    (folder / "pyproject.toml").write_text("".join(PROJECT.format(**each) for each in declared), "utf-8")
    return _broken(*_check(folder))


def _check(folder: Path) -> tuple[int, Report]:
    arguments = ["check", "--scenario", SCENARIO, "--results", "results.jsonl"]
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(conformance.__file__).parents[1]),
            "PYTEST_ADDOPTS": f"--time-limit={LIMIT} -p no:cacheprovider",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )
    return ended.returncode, read(folder / "results.jsonl")


def _broken(status: int, report: Report) -> str:
    bad, good = (
        Counter(result.outcome for result in report if result.backend == name) for name in ("bad", "good")
    )
    if status != 1:
        return f"the exit status is {status}"
    if set(good) != {Outcome.PASSED}:
        return f"a good backend was blamed: {json.dumps(good)}"
    if bad != {Outcome.ERRORED: 1, Outcome.PASSED: good.total() - 1}:
        return f"not named once: {json.dumps(bad)}"
    return ""


CASES = tuple(Case("a backend with a fault", name, partial(survived, fault)) for name, fault in ONCE.items())
