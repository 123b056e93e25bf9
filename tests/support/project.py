"""A scratch project that binds a backend to the suite, and runs of pytest and of the recorder in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from threading import Timer
from xml.etree import ElementTree

import pytest

from conformance.report.file import read
from conformance.report.results import Result
from tests.support import forked, inline

needs_engine = pytest.mark.skipif(
    find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)

REPOSITORY = Path(__file__).parents[2]
RECORDED = REPOSITORY / "cassettes" / "openai" / "engine"
LABEL = "openai@engine"
PLAIN = "tests.support.project_backend:PlainLLM"

PATIENCE = 300.0
"""Seconds after which a run is given up; most take two, but the machine may be busy."""

PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "syrupy,xdist.plugin"}
"""Only what the suite needs: hypothesis and anyio would cost a run a sixth of its time."""


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        status: the exit status.
        output: all that it said.
        results: the lines of its results file.
        words: why each test failed, in full; a test that did not fail is not in it.
    """

    status: int
    output: str
    results: list[Result] = field(default_factory=list)
    words: Mapping[str, str] = field(default_factory=dict)

    def result(self, scenario: str) -> Result:
        """The only result of ``group/scenario``."""
        [result] = [result for result in self.results if result.id == scenario]
        return result


@dataclass(frozen=True)
class Project:
    """A folder with a pyproject.toml that binds ``factory`` as ``openai@engine``, and nothing else.

    Attributes:
        folder: the folder.
        factory: the class of the backend.
    """

    folder: Path
    factory: str = PLAIN

    def __post_init__(self) -> None:
        self.write("conftest.py", 'pytest_plugins = ["conformance.plugin"]')
        self.write(
            "pyproject.toml",
            f"""
            [tool.pytest.ini_options]
            addopts = "--strict-markers"

            [tool.conformance.backends.openai]
            class = "{self.factory}"

            [tool.conformance.backends.openai.targets.engine]
            model = "tiny"
            dialect = "openai"
            """,
        )

    @property
    def cassettes(self) -> Path:
        return self.folder / "cassettes"

    def write(self, name: str, text: str) -> Path:
        """Write a file, with its indentation taken away."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), "utf-8")
        return path

    def append(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(path.read_text("utf-8") + dedent(text), "utf-8")

    def cassette(self, scenario: str) -> Path:
        """Where the recording of ``group/scenario`` lies; its snapshot ends in ``.json``."""
        return self.cassettes / "openai" / "engine" / f"{scenario}.yaml"

    def recording(self, scenario: str, of: str = "invoke/text") -> Path:
        """Give ``scenario`` the recording that this repository has ``of`` another, with its snapshot."""
        cassette = self.cassette(scenario)
        cassette.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(RECORDED / f"{of}.yaml", cassette)
        snapshot = RECORDED / f"{of}.json"
        if snapshot.is_file():
            shutil.copyfile(snapshot, cassette.with_suffix(".json"))
        return cassette

    def files(self) -> dict[str, bytes]:
        paths = (path for path in self.cassettes.rglob("*") if path.is_file())
        return {str(path.relative_to(self.cassettes)): path.read_bytes() for path in paths}

    def inline(self, *arguments: str) -> Run:
        """Run pytest here, inside this process."""
        return self._ended(*inline.run(self.folder, self._arguments(arguments), self.environment()))

    def pytest(self, *arguments: str, script: str = "", **environment: str) -> Run:
        """Run pytest here in a process of its own, or a script that runs it."""
        program = ("-c", script) if script else ("-m", "pytest")
        run = self.run(*program, *self._arguments(arguments), **environment)
        return self._ended(run.status, run.output)

    def new_pytest(self, *arguments: str, **environment: str) -> Run:
        """Run pytest here in a new interpreter: for what is about processes."""
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *self._arguments(arguments)],
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        return self._ended(ended.returncode, ended.stdout)

    @property
    def _reports(self) -> tuple[Path, Path]:
        return self.folder / "results.jsonl", self.folder / "results.xml"

    def _arguments(self, arguments: Sequence[str]) -> list[str]:
        results, words = self._reports
        for report in self._reports:
            report.unlink(missing_ok=True)
        reports = ["--results", str(results), "--junitxml", str(words)]
        return ["-p", "no:cacheprovider", "-q", *reports, *arguments]

    def _ended(self, status: int, output: str) -> Run:
        results, words = self._reports
        lines = read(results).results if results.is_file() else []
        return Run(status, output, lines, _words(words) if words.is_file() else {})

    def record(self, scenario: str, *options: str, **environment: str) -> Run:
        return self.command("record", "--scenario", scenario, *options, **environment)

    def command(self, *arguments: str, **environment: str) -> Run:
        """Run a command of the suite here, to its end."""
        return self.run("-m", "conformance", *arguments, **environment)

    @contextmanager
    def recorder(self, scenario: str) -> Iterator[subprocess.Popen[str]]:
        """Run the recorder here, in a process group of its own, as a terminal does."""
        # Whoever started the tests in the background has Ctrl-C ignored, and so have all their children.
        script = (
            "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "runpy.run_module('conformance', run_name='__main__', alter_sys=True)"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, "record", "--scenario", scenario],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        assert process.stdout is not None
        watchdog = Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            for left in self.processes():
                os.kill(left, signal.SIGKILL)
            process.wait()
            process.stdout.close()

    def processes(self) -> list[int]:
        """The processes that run here or whose home is here: a recorder, what it replays in, its engines."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]

    def _is_ours(self, process: Path) -> bool:
        try:
            home = f"HOME={self.folder}".encode() in (process / "environ").read_bytes().split(b"\0")
            # A fork has the environment of its server there.
            return home or (process / "cwd").readlink() == self.folder
        except OSError:  # somebody else's, or it ended just now
            return False

    def run(self, *arguments: str, **environment: str) -> Run:
        """Run Python here, to its end, in a fork of a process that has imported third-party packages."""
        environment = self.environment(**environment)
        return Run(*forked.run(self.folder, arguments, environment, PATIENCE))

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        path = str(REPOSITORY)
        # The home marks the process, and the engine's, for the environment is all that both share.
        return {**inherited, **PLUGINS, "PYTHONPATH": path, "HOME": str(self.folder), **more}


def _words(file: Path) -> dict[str, str]:
    words: dict[str, str] = {}
    for case in ElementTree.parse(file).iter("testcase"):
        name = case.get("name", "").removeprefix("test_").partition("[")[0]
        for child in case:
            if child.tag in ("failure", "error"):
                words[name] = f"{words.get(name, '')}{child.text}\n"
    return words
