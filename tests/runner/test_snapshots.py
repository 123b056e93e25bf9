"""A changed decoding fails and can be accepted, and accepting it never deletes a recording.

syrupy deletes listed files that it did not use, and the cassettes are in the same folders. No recording
tests: a snapshot has to be wrong for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.commands.torture.hostile_recordings import SNAPSHOTS
from conformance.report.results import Outcome
from tests.support.project import Project, Run

SCENARIOS = """
from conformance.spec.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)

def test_changed(interview):
    interview.answers(text.GREETING)

def test_new(interview):
    interview.answers(text.GREETING)
"""


def changed_project(project: Project) -> Project:
    """Three scenarios, with a right, a wrong and no snapshot, and a recording that no scenario owns."""
    project.write("test_words.py", SCENARIOS)
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    for name in ("text", "changed", "new"):
        project.recording(f"words/{name}")
    changed = project.cassette("words/changed").with_suffix(".json")
    changed.write_text(changed.read_text("utf-8").replace("Hello, world!", "Hello, moon!"), "utf-8")
    project.cassette("words/new").with_suffix(".json").unlink()
    project.recording("unused/text")
    return project


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return changed_project(Project(tmp_path_factory.mktemp("snapshots"))).inline()


def test_a_changed_decoding_fails_and_shows_the_difference(run: Run) -> None:
    assert run.result("words/changed").outcome is Outcome.FAILED
    lines = [line.removeprefix("E").split() for line in run.words["changed"].splitlines()]
    assert ["-", '"content":', '"Hello,', 'moon!",'] in lines
    assert ["+", '"content":', '"Hello,', 'world!",'] in lines


@pytest.mark.parametrize("name", ["changed", "new"])
def test_the_message_says_how_to_accept_it(run: Run, name: str) -> None:
    message = "decoded differently than before; if that is right, accept it: python -m pytest "
    assert message in run.words[name]
    assert message in run.result(f"words/{name}").reason


def test_a_scenario_without_a_snapshot_fails(run: Run) -> None:
    assert run.result("words/new").outcome is Outcome.FAILED
    assert "does not exist" in run.words["new"]


@pytest.mark.parametrize("name", ["Latin-1", "a folder", "a pipe"])
def test_a_snapshot_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    project = changed_project(Project(tmp_path))
    snapshot = project.cassette("words/changed").with_suffix(".json")
    snapshot.unlink()
    SNAPSHOTS[name](snapshot)
    result = project.inline("--scenario", "words/changed").result("words/changed")
    assert result.outcome is Outcome.FAILED
    assert f"{snapshot}: the snapshot cannot be read" in result.reason


def test_a_scenario_that_is_decoded_as_before_passes(run: Run) -> None:
    assert run.result("words/text").outcome is Outcome.PASSED
    assert run.status == pytest.ExitCode.TESTS_FAILED


def test_a_file_without_scenarios_runs_beside_them(run: Run) -> None:
    """syrupy asks the scenarios' extension for snapshots of that file too."""
    assert "Traceback" not in run.output
    assert "2 failed, 2 passed" in run.output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["serial", "two workers"])
def test_an_update_accepts_the_decoding_and_touches_nothing_else(
    tmp_path: Path, workers: Sequence[str]
) -> None:
    project = changed_project(Project(tmp_path))
    before = project.files()

    run = project.inline("--snapshot-update", *workers)

    good = before["openai/engine/words/text.json"]
    accepted = {f"openai/engine/words/{name}.json": good for name in ("changed", "new")}
    assert run.status == pytest.ExitCode.OK, run.output
    assert project.files() == {**before, **accepted}
    assert len(project.files()) == 8
