"""Runs of the suite over a project with a bad backend and a good one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import conformance
from conformance.report.file import read
from conformance.report.results import Outcome, Report

PATIENCE = 240.0
"""Seconds after which a run counts as one that does not end."""

LIMIT = 20
"""Seconds that a scenario may take in these runs; ten were too few on a busy machine."""

_RESULTS = "results.jsonl"

_WHOLE = ["-m", "conformance", "check", "--results", _RESULTS]

# The same command for one file of scenarios, which is collected in a fifth of the time.
_ONE_FILE = """
import sys
from pathlib import Path
from conformance.commands.suite import run_suite
from conformance.commands.command import suite_arguments

suite = suite_arguments(Path.cwd(), "conformance.scenarios.test_invoke")
arguments = [*suite, "-q", "--tb=no", "-n", "1", "--max-worker-restart=99", *sys.argv[2:]]
sys.exit(run_suite(arguments, Path(sys.argv[1])))
"""

_PROJECT = """
[tool.conformance.backends.{name}]
class = "{module}:{class_}"

[tool.conformance.backends.{name}.targets.script]
model = "tiny"
dialect = "openai"
path = "/v1"
source = "script"
"""


_CLASSES = (("Bad", "mine"), ("Good", "good"))

_GOOD = "from provider.openai import OpenAILLM as Good\n"


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        status: its exit status.
        report: what its results file says; None where there is none.
    """

    status: int
    report: Report | None

    def outcomes(self, backend: str) -> Counter[Outcome]:
        """How many results a backend has of each outcome."""
        return Counter(result.outcome for result in self.report or () if result.backend == backend)


def run(
    folder: Path,
    files: Mapping[str, str],
    *,
    scenario: str = "invoke/[mw]*",
    whole: bool = False,
    options: str = "",
) -> Run:
    """Run the suite in a folder with these files, one of them ``mine.py`` with the class ``Bad``.

    Args:
        folder: an empty folder.
        files: the texts by file name.
        scenario: what is asked.
        whole: whether all files of scenarios are collected.
        options: options of pytest that stand in the environment.

    Raises:
        TimeoutExpired: it does not end.
    """
    declared = "".join(
        _PROJECT.format(name=name.lower(), class_=name, module=module) for name, module in _CLASSES
    )
    for name, text in {"pyproject.toml": "", "good.py": _GOOD, **files}.items():
        (folder / name).write_text(text + (declared if name == "pyproject.toml" else ""), "utf-8")
    command = _WHOLE if whole else ["-c", _ONE_FILE, _RESULTS]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    given = {
        "PYTHONPATH": str(Path(conformance.__file__).parents[1]),
        "PYTEST_ADDOPTS": f"--time-limit={LIMIT} -p no:cacheprovider {options}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "syrupy,xdist.plugin",
    }
    ended = subprocess.run(
        [sys.executable, *command, "--scenario", scenario],
        cwd=folder,
        env=environment | given,
        stdin=subprocess.DEVNULL,
        # A pipe, as in `conformance check | tail`: who reads it waits for everything that holds it open.
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    (folder / "output").write_bytes(ended.stdout)
    results = folder / _RESULTS
    return Run(ended.returncode, read(results) if results.is_file() else None)


def words(counts: Counter[Outcome]) -> str:
    """Outcomes and how many there are of each."""
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing"
