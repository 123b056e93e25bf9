"""The recorder, from the real engine into a scratch project, and what it does to the files that were there.

These make recordings, so they cannot be replayed from one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance.recording import read
from conformance.recording.cassette import file
from tests.support.project import LABEL, RECORDED, Project, Run, needs_engine

pytestmark = needs_engine

TWO = "invoke/*text"
"""Two of the suite's own scenarios; the recorder knows no others."""

NAMES = ["invoke/says-json_as_text", "invoke/text"]

EAGER = '''
from provider import OpenAILLM

class EagerLLM(OpenAILLM):
    """Asks again after every failure, as an SDK does after a 500, as often as it may."""

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self._tries = options["max_retries"] + 1

    def invoke(self, messages, attachments=None, **kwargs):
        for _ in range(self._tries):
            response = super().invoke(messages, attachments, **kwargs)
            if not response.is_error:
                break
        return response
'''


@dataclass(frozen=True)
class Runs:
    """Into an empty project; and again, over a recording cut otherwise and one of another scenario."""

    project: Project
    first: Run
    files: dict[str, bytes]
    again: Run


def rewrite(cassette: Path, change: Callable[[str], str]) -> None:
    """Put another streamed answer into a recording, as another day would have."""
    old = read(cassette, "")
    *wholes, stream = old.interactions
    body = change(stream.response.body.decode()).encode()
    assert body != stream.response.body
    new = replace(stream, response=replace(stream.response, body=body))
    file.write(cassette, file.document(replace(old, interactions=(*wholes, new))))


def cut(events: str) -> str:
    """The same text in more deltas, from another build of the server."""
    pieces = r'^(data: .*"content":")([^"\\])([^"\\]+)(".*)$'
    return re.sub(pieces, r"\1\2\4\n\n\1\3\4", events, flags=re.M).replace("b0-unknown", "b9-unknown")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    project = Project(tmp_path_factory.mktemp("recorder"))
    first = project.record(TWO)
    rewrite(project.cassette("invoke/says-json_as_text"), cut)
    files = project.files()
    project.recording("invoke/text", of="invoke/says-chinese")
    return Runs(project, first, files, project.record(TWO))


def test_it_records_into_an_empty_project(runs: Runs) -> None:
    assert runs.first.status == 0, runs.first.output
    assert set(runs.files) == {f"openai/engine/{name}{kind}" for name in NAMES for kind in (".yaml", ".json")}
    assert "2 recordings changed, 0 unchanged and kept, 0 could not be recorded" in runs.first.output


def test_it_prints_each_step_while_it_works(runs: Runs) -> None:
    lines = runs.first.output.splitlines()
    assert lines[:3] == [
        "recording 2 scenarios",
        f"[1/2] {LABEL} invoke/text",
        f"[2/2] {LABEL} invoke/says-json_as_text",
    ]
    assert lines[3] == "replaying what was recorded, with the network refused"


def test_a_recording_has_its_provenance(runs: Runs) -> None:
    assert runs.first.status == 0
    provenance = read(runs.project.cassette("invoke/text"), "").provenance
    assert (provenance.scenario, provenance.backend, provenance.target) == ("invoke/text", "openai", "engine")
    assert (provenance.host, provenance.model) == ("http://engine.invalid", "tiny")
    assert {"httpx", "openai", "vcrpy", "xllamacpp"} <= set(provenance.sdks)


def test_an_unchanged_recording_keeps_every_byte(runs: Runs) -> None:
    """Though ids, times, tokens, build and deltas are others: only what changed is for a reviewer to read."""
    assert runs.again.status == 0, runs.again.output
    names = [name for name in runs.files if "says-json_as_text" in name]
    assert len(names) == 2
    files = runs.project.files()
    assert [files[name] for name in names] == [runs.files[name] for name in names]
    assert set(files) == set(runs.files)


def test_a_changed_prompt_is_reported_with_its_path_and_replaced(runs: Runs) -> None:
    output = runs.again.output
    assert f"changed: {LABEL} invoke/text" in output
    assert "POST /v1/chat/completions request.body.json.messages[0].content: was " in output
    assert "1 recording changed, 1 unchanged and kept, 0 could not be recorded" in output
    assert read(runs.project.cassette("invoke/text"), "").provenance.scenario == "invoke/text"


def test_a_new_recording_replays(runs: Runs) -> None:
    """With the test of this repository, in this project."""
    assert runs.again.status == 0
    scenarios = Path(RECORDED.parents[2] / "conformance" / "scenarios")
    run = runs.project.pytest(str(scenarios), "-c", "pyproject.toml", "--scenario", TWO, "--only-recorded")
    assert run.status == pytest.ExitCode.OK, run.output
    assert [result.played for result in run.results] == [2, 2]


def test_nothing_is_left_behind(runs: Runs) -> None:
    assert runs.again.status == 0
    left = {path.name for path in runs.project.folder.glob(".*")}
    assert left <= {".cassettes-recording.lock"}
    assert runs.project.processes() == []


def test_an_old_answer_that_fails_its_law_is_replaced(tmp_path: Path) -> None:
    """Other words alone change no file, but these break the law."""
    project = Project(tmp_path)
    project.recording("invoke/text")
    rewrite(project.cassette("invoke/text"), lambda events: events.replace("Hello", "Goodbye"))

    run = project.record("invoke/text")

    assert run.status == 0, run.output
    assert "the old answer now fails its law" in run.output
    assert "1 recording changed, 0 unchanged and kept" in run.output
    assert "Goodbye" not in project.cassette("invoke/text").read_text("utf-8")


def test_drift_asks_again_and_changes_no_file(tmp_path: Path) -> None:
    """Each answer is compared with the recorded one; a recording of another scenario is reported."""
    project = Project(tmp_path)
    project.recording("invoke/says-json_as_text", of="invoke/says-json_as_text")
    project.recording("invoke/text", of="tools/call-one_call")
    before = project.files()

    run = project.command("drift", "--scenario", TWO, "--markdown", "drift.md")

    assert project.files() == before
    assert run.status == 2, run.output
    assert f"error: {LABEL} invoke/text: POST /v1/chat/completions" in run.output
    assert run.output.splitlines()[-1].startswith("2 scenarios asked again: ")
    assert f"| error | {LABEL} invoke/text |" in (project.folder / "drift.md").read_text("utf-8")


def test_a_backend_that_asks_again_does_so_in_the_replay_too(tmp_path: Path) -> None:
    """The engine refuses a picture with a 500, and the SDKs take that for something that may pass."""
    project = Project(tmp_path, "eager:EagerLLM")
    project.write("eager.py", EAGER)
    run = project.record("capabilities/capability-image")
    assert run.status == 0, run.output
    recording = read(project.cassette("capabilities/capability-image"), "")
    invoked_twice_and_streamed = [each.response.status for each in recording.interactions]
    assert invoked_twice_and_streamed == [500, 500, 500]
