"""The recorder's folder where `cassettes/` is a symbolic link: beside the real one, on its file system."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.record.workspace import ForeignWorkspaceError, exclusive_workspace


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """`project/cassettes`, a link to `elsewhere/kept`."""
    (tmp_path / "elsewhere" / "kept").mkdir(parents=True)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "cassettes").symlink_to(tmp_path / "elsewhere" / "kept")
    return tmp_path / "project" / "cassettes"


def test_a_recording_goes_through_the_link(linked: Path, tmp_path: Path) -> None:
    with exclusive_workspace(linked) as workspace:
        assert workspace.folder.parent == tmp_path / "elsewhere"
        new = workspace.new_version_of(linked / "a" / "b.yaml")
        new.parent.mkdir(parents=True)
        new.write_text("new", "utf-8")
        workspace.swap([linked / "a" / "b.yaml"])
    assert (tmp_path / "elsewhere" / "kept" / "a" / "b.yaml").read_text("utf-8") == "new"
    assert linked.is_symlink()


def test_a_recording_does_not_leave_the_cassettes_by_a_link_in_them(linked: Path, tmp_path: Path) -> None:
    (linked / "a").symlink_to(tmp_path)
    with exclusive_workspace(linked) as workspace:
        new = workspace.new_version_of(linked / "a" / "b.yaml")
        new.parent.mkdir(parents=True)
        new.write_text("new", "utf-8")
        with pytest.raises(ForeignWorkspaceError, match="names "):
            workspace.swap([linked / "a" / "b.yaml"])
        workspace.pending_swap.unlink()
    assert not (tmp_path / "b.yaml").exists()
