"""The recorder, from the real engine into a scratch project, and what it does to the files that were there.

No recording tests: these make the recordings.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from project import LABEL, RECORDED, Project, Run

from conformance.recording import read

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)

TWO = "invoke/*text"
"""Two of the suite's own scenarios; the recorder knows no others."""

NAMES = ["invoke/says-json_as_text", "invoke/text"]


@dataclass(frozen=True)
class Runs:
    """Into an empty project; again; and again after one recording was replaced by another scenario's."""

    project: Project
    first: Run
    files: dict[str, bytes]
    again: Run
    files_again: dict[str, bytes]
    replaced: Run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    project = Project(tmp_path_factory.mktemp("recorder"))
    first = project.record(TWO)
    files = project.files()
    again = project.record(TWO)
    files_again = project.files()
    for suffix in (".yaml", ".json"):
        other = (RECORDED / "invoke" / "says-chinese").with_suffix(suffix)
        shutil.copyfile(other, project.cassette("invoke/text").with_suffix(suffix))
    return Runs(project, first, files, again, files_again, project.record("invoke/text"))


def test_it_records_into_an_empty_project(runs: Runs) -> None:
    assert runs.first.status == 0, runs.first.output
    assert set(runs.files) == {f"openai/engine/{name}{kind}" for name in NAMES for kind in (".yaml", ".json")}
    assert "2 recordings changed, 0 say the same and were kept, 0 could not be recorded" in runs.first.output


def test_it_says_what_it_does_while_it_does_it(runs: Runs) -> None:
    lines = runs.first.output.splitlines()
    assert lines[0] == "recording 2 scenarios from the embedded engine"
    assert lines[1].startswith("[1/2] test_invoke.py::test_text[")
    assert lines[2].startswith("[2/2] test_invoke.py::test_says[")
    assert lines[3] == "replaying what was recorded, with the network refused"


def test_a_recording_says_where_it_comes_from(runs: Runs) -> None:
    assert runs.first.status == 0
    provenance = read(runs.project.cassette("invoke/text"), "").provenance
    assert (provenance.scenario, provenance.backend, provenance.target) == ("invoke/text", "openai", "engine")
    assert (provenance.host, provenance.model) == ("http://engine.invalid", "tiny")
    assert {"httpx", "openai", "vcrpy", "xllamacpp"} <= set(provenance.sdks)


def test_recording_again_changes_no_byte(runs: Runs) -> None:
    assert runs.again.status == 0, runs.again.output
    assert runs.files_again == runs.files
    assert "0 recordings changed, 2 say the same and were kept, 0 could not be recorded" in runs.again.output


def test_a_changed_prompt_is_told_with_its_place_and_replaced(runs: Runs) -> None:
    output = runs.replaced.output
    assert runs.replaced.status == 0, output
    assert f"changed: {LABEL} invoke/text" in output
    assert "interactions[0].request.body.json.messages[0].content: was " in output
    assert "1 recordings changed, 0 say the same and were kept, 0 could not be recorded" in output
    assert read(runs.project.cassette("invoke/text"), "").provenance.scenario == "invoke/text"
    others = {name: data for name, data in runs.project.files().items() if "/text" not in name}
    assert others.items() <= runs.files.items()


def test_what_was_recorded_replays(runs: Runs) -> None:
    """With the test of this repository, in this project."""
    assert runs.replaced.status == 0
    scenarios = Path(RECORDED.parents[2] / "conformance" / "scenarios")
    run = runs.project.pytest(str(scenarios), "-c", "pyproject.toml", "--scenario", TWO, "--only-recorded")
    assert run.status == pytest.ExitCode.OK, run.output
    assert [result.played for result in run.results] == [2, 2]


def test_nothing_is_left_behind(runs: Runs) -> None:
    assert runs.replaced.status == 0
    left = {path.name for path in runs.project.folder.glob(".*")}
    assert left <= {".cassettes-recording.lock"}
    assert runs.project.processes() == []
