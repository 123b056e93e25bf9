"""A disk that is full or read only ends the recorder with a sentence, and the same command goes on.

On a small file system of its own, which only root may mount.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.project import Project, Run, needs_engine

SAFE = (
    "each cassette is either as it was, or new and verified; once this is mended, run the same command again"
)


def mount(*arguments: str | Path) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of this size in ``folder``."""
    folder.mkdir(exist_ok=True)
    if not mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder):
        pytest.skip("no file system can be mounted here: that needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


pytestmark = [
    needs_engine,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a disk"),
]


def assert_stopped(run: Run, reason: str) -> None:
    stopped, safe = run.output.splitlines()[-2:]
    assert run.status == 2, run.output
    assert stopped.startswith("stopped: ")
    assert reason in run.output
    assert safe.startswith(SAFE)
    assert "Traceback" not in run.output
    assert "INTERNALERROR" not in run.output


def assert_recorded(project: Project, run: Run) -> None:
    assert run.status == 0, run.output
    assert project.cassette("invoke/text").is_file()
    assert not [path for path in project.cassettes.rglob("*") if path.suffix not in (".yaml", ".json", "")]


@pytest.mark.parametrize("size", ["8k", "40k", "128k"])
def test_on_a_full_disk_nothing_is_lost_and_the_next_run_works(tmp_path: Path, size: str) -> None:
    """Full before the recorder begins, when it begins to ask, and where it keeps the answers."""
    place = tmp_path / "disk"
    with disk(place, size):
        project = Project(place)
        assert_stopped(project.record("invoke/*t"), "No space left on device")
        assert project.files() == {}
        assert mount("-o", "remount,size=20m", place)
        assert_recorded(project, project.record("invoke/text"))


def test_a_disk_that_is_read_only_is_named(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    with disk(place, "20m"):
        project = Project(place)
        assert mount("-o", "remount,ro", place)
        assert_stopped(project.record("invoke/text"), "Read-only file system")
        assert mount("-o", "remount,rw", place)
        assert_recorded(project, project.record("invoke/text"))


def test_cassettes_on_a_disk_of_their_own_are_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with disk(project.cassettes, "20m"):
        assert_recorded(project, project.record("invoke/text"))


def test_a_file_where_the_recorder_works_is_named(tmp_path: Path) -> None:
    project = Project(tmp_path)
    in_the_way = project.write(".cassettes-recording", "mine")
    assert_stopped(project.record("invoke/text"), str(in_the_way))
    in_the_way.unlink()
    assert_recorded(project, project.record("invoke/text"))
