"""The swap out of the recorder's scratch folder: all of it, also when the process dies half way.

Unit tests: a process cannot be killed between two chosen moves from outside.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from filelock import BaseFileLock

from conformance.commands.record.workspace import Workspace, exclusive_workspace

NAMES = ["openai/engine/invoke/one.yaml", "openai/engine/invoke/one.json", "openai/engine/tools/two.yaml"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The cassettes: old versions of two files, and one that is not recorded."""
    root = tmp_path / "cassettes"
    for name in [*NAMES[:2], "openai/engine/kept.yaml"]:
        write(root / name, "old")
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def contents(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in files}


def recorded(workspace: Workspace) -> list[Path]:
    """New versions of ``NAMES`` in the scratch folder; their places among the cassettes."""
    places = [workspace.root / name for name in NAMES]
    for place in places:
        write(workspace.new_version_of(place), "new")
    return places


OLD = dict.fromkeys([*NAMES[:2], "openai/engine/kept.yaml"], "old")
NEW = {**dict.fromkeys(NAMES, "new"), "openai/engine/kept.yaml": "old"}


def test_a_swap_puts_everything_in_place(root: Path) -> None:
    with exclusive_workspace(root) as workspace:
        workspace.swap(recorded(workspace))
        assert contents(root) == NEW
        assert not workspace.pending_swap.exists()


def test_recordings_that_are_not_swapped_are_deleted(root: Path) -> None:
    with exclusive_workspace(root) as workspace:
        recorded(workspace)
    assert contents(root) == OLD
    assert not workspace.folder.exists()


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_swap_that_died_half_way_is_finished_by_the_next_recorder(root: Path, moved: int) -> None:
    """As the killed process left it: its list of files, and those it had not moved yet."""
    killed = Workspace(root, root.with_name(".cassettes-recording"))
    places = recorded(killed)
    write(killed.pending_swap, json.dumps(NAMES))
    for place in places[:moved]:
        place.parent.mkdir(parents=True, exist_ok=True)
        killed.new_version_of(place).replace(place)

    with exclusive_workspace(root) as workspace:
        assert contents(root) == NEW
        assert list(workspace.folder.iterdir()) == []


def test_an_unfinished_list_of_files_is_ignored(root: Path) -> None:
    killed = Workspace(root, root.with_name(".cassettes-recording"))
    recorded(killed)
    write(killed.pending_swap.with_suffix(".partial"), json.dumps(NAMES)[:20])

    with exclusive_workspace(root):
        assert contents(root) == OLD


def test_the_list_of_files_is_complete_before_the_first_file_is_moved(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at the first move: the next recorder knows all that was to be moved."""
    killed = Workspace(root, root.with_name(".cassettes-recording"))
    places = recorded(killed)
    replace = Path.replace

    def die_at_the_first_cassette(self: Path, target: Path) -> Path:
        if target in places:
            raise SystemExit
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die_at_the_first_cassette)
        with pytest.raises(SystemExit):
            killed.swap(places)
    assert contents(root) == OLD

    with exclusive_workspace(root):
        assert contents(root) == NEW


def test_an_error_in_the_swap_does_not_stop_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two moves: the recorder finishes on its way out."""
    moved: list[Path] = []
    replace = Path.replace

    def interrupted_once(self: Path, target: Path) -> Path:
        if target.is_relative_to(root) and len(moved) == 1:
            moved.append(target)
            raise KeyboardInterrupt
        moved.extend([target] if target.is_relative_to(root) else [])
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted_once)

    def record() -> None:
        with exclusive_workspace(root) as workspace:
            workspace.swap(recorded(workspace))

    with pytest.raises(KeyboardInterrupt):
        record()
    assert contents(root) == NEW


def test_a_recorder_can_begin_after_another_has_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first frees its lock when it ends, not when it is garbage-collected."""
    monkeypatch.setattr(BaseFileLock, "__del__", lambda _: None)
    for _ in range(2):
        with exclusive_workspace(root) as workspace:
            assert list(workspace.folder.iterdir()) == []
    assert [path.name for path in root.parent.glob(".*")] in ([], [".cassettes-recording.lock"])


def test_two_folders_of_cassettes_can_be_recorded_at_once(root: Path) -> None:
    with exclusive_workspace(root), exclusive_workspace(root.with_name("others")):
        pass
