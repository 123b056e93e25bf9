"""The results file of runs that are partial, lose a worker, are killed, or write none.

Runs of a scratch project: the suite's own scenarios do not fail, crash or die.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from conformance.report.file import read
from tests.support.project import Project

DYING = """
import os

def test_before(target):
    pass

def test_dies(target):
    os._exit(1)

def test_waits(target):
    import pathlib, time
    pathlib.Path("waiting").touch()
    time.sleep(60)
"""


def test_a_backend_is_described_by_its_project_or_package(tmp_path: Path) -> None:
    """PlainLLM of the other runs belongs to neither."""
    project = Project(tmp_path, factory="mine:MyLLM")
    project.write("mine.py", "from tests.support.project_backend import PlainLLM as MyLLM")
    project.append(
        "pyproject.toml",
        '[project]\nname = "plain"\nversion = "1.2.3"\n'
        'urls = { Homepage = "https://example.org/p", "Bug Tracker" = "https://example.org/p/issues" }\n'
        '[tool.conformance.backends.installed]\nclass = "openai:OpenAI"\n'
        '[tool.conformance.backends.installed.targets.x]\nmodel = "m"\ndialect = "openai"\n',
    )
    project.write("test_invoke.py", "def test_nothing(target): pass")
    # Metadata that names no home page must not warn: Python 3.15 makes an error of it.
    project.new_pytest(PYTHONWARNINGS="error:Implicit None")
    mine, installed = read(tmp_path / "results.jsonl").header["backends"]
    names = ("package", "version", "homepage", "issues")
    assert [mine[name] for name in names] == [
        "plain",
        "1.2.3",
        "https://example.org/p",
        "https://example.org/p/issues",
    ]
    assert installed["package"] == "openai"
    assert installed["homepage"].startswith("https://github.com/openai/")


def test_a_place_counts_all_scenarios_in_a_partial_run_too(tmp_path: Path) -> None:
    """So that shards can be combined in the order of one process."""
    project = Project(tmp_path)
    project.write("test_invoke.py", "".join(f"def test_{name}(target): pass\n" for name in "abc"))
    part = project.inline("--scenario", "invoke/c")
    assert [(each.id, each.index) for each in part.results] == [("invoke/c", 2)]


def test_a_run_without_a_results_file_collects_no_transcripts(tmp_path: Path) -> None:
    witness = """
    import pytest
    from conformance.runner.results.transcript import TRANSCRIPT

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(item):
        assert TRANSCRIPT not in item.stash
    """
    project = Project(tmp_path)
    project.append("conftest.py", witness)
    project.write("test_invoke.py", "def test_one(target): pass\n")
    run = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert run.status == 0, run.output
    assert "TRANSCRIPT" in project.inline().words["one"], "the witness sees one where there is one"


def test_a_killed_run_leaves_the_results_so_far(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", DYING.replace("def test_dies", "def dies"))
    file = tmp_path / "results.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--results", str(file)],
        cwd=tmp_path,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not (tmp_path / "waiting").exists():
            assert process.poll() is None, "the run ended too early"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    left = read(file)
    assert [result.id for result in left] == ["invoke/before"]
    assert left.is_incomplete
