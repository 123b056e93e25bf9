"""Files that no scenario owns are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.recording.cassette.orphans import orphans


def test_cassettes_and_snapshots_without_a_scenario_are_listed(tmp_path: Path) -> None:
    names = ["b/one.yaml", "b/one.json", "a/two.yaml", "a/two.json", "a/README.md", "c/d/three.yaml"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    expected = [
        tmp_path / "b/one.yaml",
        tmp_path / "b/one.json",
        tmp_path / "a/two.yaml",
        tmp_path / "new.yaml",
    ]
    assert orphans(tmp_path, expected) == [tmp_path / "a/two.json", tmp_path / "c/d/three.yaml"]


def test_the_same_file_may_be_named_in_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert orphans(tmp_path, [Path("one.yaml")]) == []
    assert orphans(Path(), [tmp_path / "x" / ".." / "one.yaml"]) == []
    assert orphans(Path(), []) == [Path("one.yaml")]


def test_a_folder_that_is_not_there_has_no_orphans(tmp_path: Path) -> None:
    assert orphans(tmp_path / "nowhere", []) == []
