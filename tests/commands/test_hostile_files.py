"""Every file that `make torture` brings with a fault is refused by its reader, in a sentence that names it.

Unit tests of the readers: `make torture` brings the same files to the commands, each in its own process.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.record.workspace import ForeignWorkspaceError, exclusive_workspace
from conformance.commands.torture import hostile_recordings, hostile_results, hostile_settings
from conformance.commands.torture.case import Case
from conformance.commands.torture.files_tried import Made
from conformance.recording import CassetteError
from conformance.recording.cassette import file as cassettes
from conformance.report.file import ResultsError, read
from conformance.report.folder import write_folder
from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import BindingError

IN_TORTURE = {"70 MB", "a line of 70 MB", "a compressed answer", "a thousand texts of 60 MB", "5 MB"}
"""Those that take seconds."""

QUICK = {name: made for name, made in hostile_recordings.CASSETTES.items() if name not in IN_TORTURE}


def brought(made: Made, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made(path)
    return path


@pytest.mark.parametrize("name", sorted(hostile_results.REFUSED.keys() - IN_TORTURE))
def test_a_results_file_with_a_fault_is_refused(tmp_path: Path, name: str) -> None:
    path = brought(hostile_results.REFUSED[name], tmp_path / "bad.jsonl")
    with pytest.raises((ResultsError, OSError)) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("name", hostile_results.SHOWN)
def test_a_results_file_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = brought(hostile_results.SHOWN[name], tmp_path / "bad.jsonl")
    folder = tmp_path / "a" / "b" / "c" / "report"
    write_folder(read(path), folder)
    written = {each for each in tmp_path.rglob("*") if each.is_file()}
    assert {each for each in written if not each.is_relative_to(folder)} == {path}
    assert {each.parent for each in written - {path}} <= {folder, folder / "badges"}


@pytest.mark.parametrize("name", sorted(QUICK.keys() - {"a name that leads outside"}))
def test_a_recording_with_a_fault_is_refused(tmp_path: Path, name: str) -> None:
    path = brought(QUICK[name], tmp_path / "text.yaml")
    with pytest.raises(CassetteError) as raised:
        cassettes.read(path, "again")
    assert str(raised.value).startswith(f"{path}: ")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("name", sorted(hostile_settings.SETTINGS.keys() - IN_TORTURE))
def test_settings_with_a_fault_are_refused(tmp_path: Path, name: str) -> None:
    brought(hostile_settings.SETTINGS[name], tmp_path / "pyproject.toml")
    with pytest.raises(BindingError) as raised:
        bound_targets(tmp_path / "pyproject.toml")
    assert str(raised.value).isprintable() or name in ("no TOML", "a zero byte", "Latin-1", "UTF-16")


@pytest.mark.parametrize("name", hostile_recordings.JOURNALS)
def test_a_journal_that_no_recorder_wrote_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "cassettes").mkdir()
    hostile_recordings.JOURNALS[name](tmp_path)
    with pytest.raises(ForeignWorkspaceError, match=r"\.cassettes-recording"):
        exclusive_workspace(tmp_path / "cassettes").__enter__()
    assert not (tmp_path / "x").exists()


CASES = [
    next(case for case in corpus.CASES if case.name == name)
    for corpus, name in (
        (hostile_recordings, "as it should be"),
        (hostile_settings, "as it should be"),
        (hostile_recordings, "900 lists in lists"),
        (hostile_results, "a path that is no path"),
    )
]


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_the_commands_end_in_order(tmp_path: Path, case: Case) -> None:
    assert case.attack(tmp_path) == ""
