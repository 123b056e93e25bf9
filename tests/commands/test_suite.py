"""``check`` and ``report`` run pytest as a process of its own, and judge the run by the results it wrote.

No scenarios: they are about a process that lies, stops or goes on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.commands import suite
from conformance.commands.suite import run_suite
from tests.support.project import Project

RIGHT = "def test_right(target): pass\n"
WRONG = RIGHT + "\ndef test_wrong(target): assert False\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that is the working directory, as for whoever calls the command."""
    project = Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in project.environment(PYTHONDONTWRITEBYTECODE="1").items():
        monkeypatch.setenv(name, value)
    return project


def status(project: Project, scenarios: str, conftest: str = "", *arguments: str) -> int:
    project.append("conftest.py", f"\n{conftest}\n")
    project.write("test_invoke.py", scenarios)
    return run_suite(["-q", "-p", "no:cacheprovider", *arguments], project.folder / "results.jsonl")


def test_a_run_that_passed_is_green(project: Project) -> None:
    assert status(project, RIGHT) == 0
    assert (project.folder / "results.jsonl").is_file()


@pytest.mark.parametrize(
    ("conftest", "words"),
    [
        ("import os\ndef pytest_unconfigure(config): os._exit(0)", ""),
        ("import os\ndef pytest_sessionfinish(session): os._exit(0)", "incomplete: the run was interrupted"),
        ("import os\nos._exit(0)", "the run wrote no results"),
        ("def pytest_configure(config): config.option.collectonly = True", "nothing was asked"),
        (
            "import pytest\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
            "def pytest_sessionfinish(session):\n    yield\n    session.exitstatus = 0",
            "",
        ),
    ],
    ids=["after the results", "before the footer", "at once", "nothing asked", "a status"],
)
def test_a_wrong_answer_is_not_green_whatever_the_process_says(
    project: Project, conftest: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert status(project, WRONG, conftest) != 0
    assert words in capfd.readouterr().out


def test_a_file_that_another_process_has_put_in_its_place_is_not_what_the_run_wrote(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert status(project, RIGHT) == 0
    (project.folder / "forged").write_bytes((project.folder / "results.jsonl").read_bytes())
    conftest = "import os\ndef pytest_unconfigure(config): os.replace('forged', 'results.jsonl'); os._exit(0)"
    assert status(project, WRONG, conftest) == 1
    assert "replaced this file; it is not what the run wrote" in capfd.readouterr().out


def test_a_file_with_changed_outcomes_is_not_what_the_run_wrote(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    conftest = """
import os
def pytest_unconfigure(config):
    with open("results.jsonl", "r+") as file:
        text = file.read().replace('"outcome": "failed"', '"outcome": "passed"')
        text = text.replace('"exit_status": 1', '"exit_status": 0')
        file.seek(0)
        file.write(text)
    os._exit(0)
"""
    assert status(project, WRONG, conftest) == 1
    assert "the footer counts other outcomes than the file has" in capfd.readouterr().out


def test_a_run_that_makes_no_progress_is_ended(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "STALLED", 5)
    conftest = "import threading\ndef pytest_collection(session): threading.Event().wait()"
    assert status(project, RIGHT, conftest, "--time-limit", "1") == 128 + 6
    told = capfd.readouterr()
    assert "the run was ended: for 5 s it has neither written a result nor ended" in told.out
    assert "in pytest_collection" in told.err


def test_what_a_run_leaves_behind_is_ended_with_it(project: Project) -> None:
    """Who reads the output of the command waits for everything that holds it open."""
    conftest = """
import subprocess
def pytest_unconfigure(config):
    left = subprocess.Popen(["sleep", "600"])
    open("left", "w").write(str(left.pid))
"""
    assert status(project, RIGHT, conftest) == 0
    left = Path("/proc", (project.folder / "left").read_text("utf-8"))
    while left.exists() and "Z" not in (left / "stat").read_text("utf-8").split()[2]:
        time.sleep(0.01)


def test_ctrl_c_reaches_the_run(project: Project) -> None:
    slow = "import time\ndef test_slow(target):\n    open('begun', 'w')\n    time.sleep(600)\n"
    project.write("test_invoke.py", slow)
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from pathlib import Path; from conformance.commands.suite import run_suite; "
        "sys.exit(run_suite(['-q', '-p', 'no:cacheprovider'], Path('results.jsonl')))"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL) as process:
        while not (project.folder / "begun").exists():
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, 2)
        assert process.wait() == pytest.ExitCode.INTERRUPTED
    footer = json.loads((project.folder / "results.jsonl").read_text("utf-8").splitlines()[-1])
    assert footer["lost"] == ["openai@engine invoke/slow"]
