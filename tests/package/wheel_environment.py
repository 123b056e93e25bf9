"""The suite installed from its wheel into an environment of its own, and another repository that uses it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from filelock import FileLock

from conformance.report.file import read
from conformance.report.results import Report

REPOSITORY = Path(__file__).parents[2]

PATIENCE = 300.0
"""Seconds before a process is killed; most need a few, but the machine may be busy."""


@dataclass(frozen=True)
class WheelEnvironment:
    """A folder with the wheel, and an environment that has it and shares the dependencies of this one."""

    folder: Path

    @property
    def wheel(self) -> Path:
        """The wheel."""
        [wheel] = self.folder.glob("*.whl")
        return wheel

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return self.folder / "environment" / "bin"


def wheel_environment(factory: pytest.TempPathFactory) -> WheelEnvironment:
    """The environment, made once and shared by all tests and workers of a run."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "wheel_environment"
    folder.mkdir(exist_ok=True)
    made = WheelEnvironment(folder)
    with FileLock(folder / "lock"):
        if not (folder / "ready").exists():
            _install(made)
            (folder / "ready").touch()
    return made


def _install(made: WheelEnvironment) -> None:
    """Build the wheel and install it, without the network."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(made.folder), "."]
    built = completed(build, REPOSITORY)
    assert built.returncode == 0, built.stdout
    environment = made.folder / "environment"
    venv.create(environment)
    [packages] = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(environment), "install", "--quiet"]
    installed = completed([*pip, "--no-deps", "--no-index", str(made.wheel)], made.folder)
    assert installed.returncode == 0, installed.stdout


def completed(command: Sequence[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without the variables that would lead it to this repository."""
    foreign = ("PYTEST_", "PYTHONPATH", "COV_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        command,
        cwd=folder,
        env={**inherited, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@dataclass(frozen=True)
class OtherProject:
    """Another repository, whose tests run in the environment of the wheel."""

    folder: Path
    environment: WheelEnvironment

    def write(self, name: str, text: str) -> Path:
        """Write a file, with its indentation taken away."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), "utf-8")
        return path

    def run(self, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment here, to its end."""
        programs = self.environment.programs
        search = f"{programs}{os.pathsep}{os.environ['PATH']}"
        command = [str(programs / program), *arguments]
        return completed(command, self.folder, PATH=search, **environment)

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run pytest here as the program ``pytest`` does, which does not put this folder on ``sys.path``."""
        script = "import sys; del sys.path[0]; import pytest; sys.exit(pytest.main())"
        return self.run("python", "-c", script, "-p", "no:cacheprovider", *arguments)

    def suite(
        self, *arguments: str, tests: str = "conformance"
    ) -> tuple[subprocess.CompletedProcess[str], Report]:
        """Run the suite here, or one of its modules, and read its results."""
        results = self.folder / "results.jsonl"
        results.unlink(missing_ok=True)
        run = self.pytest("--pyargs", tests, "-q", "--results", str(results), *arguments)
        return run, read(results) if results.is_file() else Report()
