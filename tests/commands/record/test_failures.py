"""A recorder that fails, is interrupted or killed leaves every old recording as it was.

These run the recorder in projects of their own, against the real engine.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.commands.record.workspace import exclusive_workspace
from tests.support.project import LABEL, Project, Run, needs_engine

pytestmark = [
    needs_engine,
    pytest.mark.skipif(
        not (hasattr(os, "pidfd_open") and Path("/proc/self/cwd").exists()),
        reason="only Linux shows which processes are left behind",
    ),
]

TWO = "invoke/*text"
DEADLINE = 60.0

WRONG = '''
from tests.support.project_backend import PlainLLM

class WrongLLM(PlainLLM):
    """Wrong live on one prompt, and wrong offline on another."""

    def invoke(self, messages, attachments=None, **kwargs):
        response = super().invoke(messages, attachments, **kwargs)
        live = "engine.invalid" not in self.base_url
        if ("42" if live else "Hello") in str(messages):
            response.content += "!"
        return response
'''

HELD = '''
import pathlib, threading
from tests.support.project_backend import PlainLLM

class HeldLLM(PlainLLM):
    """Answers the first scenario; never answers the second, and reports when it is asked."""

    def invoke(self, messages, attachments=None, **kwargs):
        if "42" in str(messages) and PLACE in self.base_url:
            pathlib.Path("asked").write_text("now")
            threading.Event().wait()
        return super().invoke(messages, attachments, **kwargs)
'''


@dataclass(frozen=True)
class Left:
    """What a recorder left behind."""

    project: Project
    before: dict[str, bytes]
    run: Run

    def intact(self, scenario: str) -> bool:
        files = self.project.files()
        names = [f"openai/engine/{scenario}{kind}" for kind in (".yaml", ".json")]
        return [files[name] for name in names] == [self.before[name] for name in names]


def old(project: Project) -> Project:
    """Gives it old recordings, of other prompts: new ones would differ."""
    project.recording("invoke/text", of="invoke/says-chinese")
    project.recording("invoke/says-json_as_text", of="invoke/says-accents")
    return project


@contextmanager
def held(folder: Path, place: str) -> Iterator[tuple[Project, subprocess.Popen[str]]]:
    """A recorder, as its process, in the middle of the second scenario, live or offline."""
    project = old(Project(folder, "held:HeldLLM"))
    project.write("held.py", HELD.replace("PLACE", repr(place)))
    os.mkfifo(folder / "asked")
    asked = os.open(folder / "asked", os.O_RDONLY | os.O_NONBLOCK)
    with project.recorder(TWO) as process:
        ready, _, _ = select.select([asked], [], [], DEADLINE)
        assert ready, "the second scenario was never begun"
        yield project, process
    os.close(asked)


def wait_for_the_end_of(pid: int) -> None:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([process], [], [], DEADLINE)
    os.close(process)
    assert ended, f"process {pid} is still there"


def workspace(project: Project) -> list[str]:
    """The recorder's files beside the cassettes."""
    return sorted(path.name for path in project.folder.glob(".cassettes-recording*"))


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    project = old(Project(tmp_path_factory.mktemp("wrong"), "wrong:WrongLLM"))
    project.write("wrong.py", WRONG)
    before = project.files()
    return Left(project, before, project.record("invoke/*t"))


def test_a_scenario_that_fails_live_keeps_its_old_recording(left: Left) -> None:
    scenario = "invoke/says-json_as_text"
    assert left.run.status == 1
    assert f"not recorded, left as it was: {LABEL} {scenario}: assert '" in left.run.output
    assert left.intact(scenario)


def test_a_recording_that_does_not_replay_is_not_put_in_place(left: Left) -> None:
    line = f"not recorded, left as it was: {LABEL} invoke/text: does not replay: AssertionError"
    assert line in left.run.output
    assert left.intact("invoke/text")


def test_the_others_are_recorded_all_the_same(left: Left) -> None:
    assert left.project.cassette("invoke/system_prompt").is_file()
    assert "0 unchanged and kept, 2 could not be recorded" in left.run.output
    assert workspace(left.project) == [".cassettes-recording.lock"]


@pytest.mark.parametrize("place", ["127.0.0.1", "engine.invalid"], ids=["recording", "replaying"])
def test_ctrl_c_ends_every_process_and_changes_no_file(tmp_path: Path, place: str) -> None:
    with held(tmp_path, place) as (project, process):
        before = project.files()
        assert len(project.processes()) >= 2, "the recorder, and its engine or what it replays in"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
        assert process.wait(DEADLINE) == 130
        assert project.processes() == []

    assert lines[-1].startswith("interrupted: ")
    assert not [line for line in lines if "Traceback" in line or "Error" in line]
    assert project.files() == before
    assert workspace(project) == [".cassettes-recording.lock"]


def test_a_killed_recorder_changes_no_file_and_the_next_one_works(tmp_path: Path) -> None:
    with held(tmp_path, "127.0.0.1") as (project, process):
        before = project.files()
        assert len(project.processes()) >= 2, "the recorder and its engine"
        process.kill()
        process.wait(DEADLINE)
        while orphans := project.processes():
            wait_for_the_end_of(orphans[0])

    assert project.files() == before
    assert ".cassettes-recording" in workspace(project)

    run = Project(tmp_path).record(TWO)

    assert run.status == 0, run.output
    assert "2 recordings changed, 0 unchanged and kept, 0 could not be recorded" in run.output
    assert {name for name, data in project.files().items() if data != before[name]} == set(before)
    assert workspace(project) == [".cassettes-recording.lock"]


def test_a_second_recorder_names_the_first_and_leaves(tmp_path: Path) -> None:
    project = old(Project(tmp_path))
    before = project.files()
    with exclusive_workspace(project.cassettes) as workspace:
        (workspace.folder / "work").touch()
        run = project.record(TWO)
        assert [path.name for path in workspace.folder.iterdir()] == ["work"], "it is not disturbed"
    assert run.status == 2
    assert run.output.splitlines() == [
        f"process {os.getpid()} is recording into {project.cassettes}: wait for it, or end it"
    ]
    assert project.files() == before


def test_a_project_that_binds_no_backend_cannot_be_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "")
    run = project.record(TWO)
    assert run.status == 1
    assert f"{tmp_path / 'pyproject.toml'} declares no [tool.conformance.backends" in run.output
    assert "interrupted" not in run.output


@pytest.mark.parametrize(("command", "status"), [("record", 1), ("drift", 2)])
def test_a_wire_that_the_engine_does_not_speak_is_refused_before_anything_starts(
    command: str, status: int, tmp_path: Path
) -> None:
    """Recorded from the engine, its answers would stand there as those of another server."""
    project = Project(tmp_path)
    project.append(
        "pyproject.toml",
        """
        [tool.conformance.backends.openai.targets.other]
        model = "tiny"
        dialect = "mistral"
        """,
    )
    run = project.command(command, "--scenario", TWO)
    assert run.status == status
    assert run.output == (
        "openai@other cannot be recorded: the embedded engine does not speak mistral. "
        'Declare its own server as hosted, or say source = "script"\n'
    )
    assert not project.cassettes.exists()
