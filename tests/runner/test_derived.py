"""What faults are derived from: the good answers of a target, and which of them stand for the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.recording import read
from conformance.report.results import Outcome, Source
from conformance.runner import derived
from conformance.runner.derived import events_of
from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import CASSETTES, Target
from conformance.spec.dialogue import structured, text
from tests.support.project import LABEL, Project, Run

REPOSITORY = Path(__file__).parents[2]
TARGETS = [target for target in bound_targets(REPOSITORY / "pyproject.toml") if target.source == "recording"]
WHOLE = [target for target in TARGETS if target.scenarios == "all"]
SCRIPTED = Target("openai", "script", "provider:OpenAILLM", "tiny", "openai", source="script")

by_target = pytest.mark.parametrize("bound", TARGETS, ids=[target.label for target in TARGETS])

TEXT, LATER = b'{"text":"a"}', b'{"text":"\\"b\\" 1"}'
CALL, END = b'{"call": {"n":-1.5, "of" : ["x"]}}', b'{"why":"stop"}'

DERIVED = """
def test_good(material):
    assert {each.name for each in (*material.streams, *material.answers)} == {"invoke/text"}

def test_script(target):
    pass
"""


@given(lines=st.lists(st.sampled_from(["data: {}", "event: ping", ": é", ""]), max_size=12))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_events_of_a_recording_are_its_bytes(lines: list[str], end: str) -> None:
    body = end.join(lines).encode()
    events = events_of(body)
    assert b"".join(events) == body
    assert all(event.endswith(2 * end.encode()) for event in events[:-1])
    assert all(event.count(2 * end.encode()) <= 1 for event in events if not event.startswith(end.encode()))


def test_one_stream_of_each_form_stands_for_the_others() -> None:
    streams = {"brief": (TEXT, END), "call": (CALL, END), "long": (TEXT, LATER, END)}
    good = [derived.GoodAnswer(name, text.GREETING, {}, events) for name, events in streams.items()]
    assert {each.name for each in derived.of_each_form(good)} == {"long", "call"}


@by_target
def test_every_good_stream_and_answer_of_a_recorded_target_is_material(bound: Target) -> None:
    """Each question once, its bytes as they are in the recording."""
    material = derived.material_of(bound, REPOSITORY / CASSETTES)
    recorded = [
        interaction.response.body
        for path in sorted((REPOSITORY / CASSETTES / bound.folder).rglob("*.yaml"))
        for interaction in read(path, "record it again").interactions
        if interaction.response.status == 200 and interaction.request.method == "POST"
    ]

    told = [each.body for each in (*material.streams, *material.answers)]

    assert set(told) <= set(recorded)
    assert len(told) > len(recorded) // 2, "most questions are asked once"
    assert all(b"\n\n" not in event[:-2] for each in material.streams for event in each.events)
    assert len(derived.shortest(material.streams)) == len(derived.shortest(material.answers)) == 3


@pytest.mark.parametrize("bound", WHOLE, ids=[target.label for target in WHOLE])
def test_what_a_client_made_a_tool_of_is_asked_as_it_was(bound: Target) -> None:
    """litellm asks Anthropic's API for JSON by a tool; asked for the tool, it would hand back a call."""
    material = derived.material_of(bound, REPOSITORY / CASSETTES)
    asked = {each.turn.name for each in (*material.streams, *material.answers)}
    assert {turn.name for turn in structured.AS_TOOL} <= asked
    assert asked.isdisjoint(turn.name for turn in structured.BY_TOOL)


def test_without_recordings_the_material_is_what_the_dialect_says(tmp_path: Path) -> None:
    material = derived.material_of(SCRIPTED, tmp_path)
    assert [each.turn for each in material.streams] == [each.turn for each in material.answers]
    assert len(derived.shortest(material.streams)) == 3


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("derived"))
    project.write("test_derived_x.py", DERIVED)
    return project


@pytest.fixture(scope="module")
def without(project: Project) -> Run:
    return project.inline()


@pytest.fixture(scope="module")
def with_one(project: Project, without: Run) -> Run:
    assert without.results
    project.recording("invoke/text")
    return project.inline("--matrix", "--live", "http://127.0.0.1:9")


def test_a_missing_recording_is_a_failure_that_says_how_to_record(without: Run) -> None:
    result = without.result("derived_x/good")
    assert (result.outcome, result.source) == (Outcome.FAILED, Source.DERIVED)
    assert f"python -m conformance record --target {LABEL}" in without.words["good"]


def test_derived_scenarios_are_asked_in_every_mode_and_counted_apart(with_one: Run) -> None:
    """Live as well: they derive from the recordings that there are."""
    result = with_one.result("derived_x/good")
    assert (result.outcome, result.source) == (Outcome.PASSED, Source.DERIVED)
    rows = [line.split() for line in with_one.output.splitlines()]
    assert ["target", "passed", "of", "derived", "scripted"] in rows
    assert [LABEL, "2", "2", "1", "1"] in rows
    assert "0 from recordings, 0 live, 1 derived, 1 from scripts" in with_one.output


def test_a_derived_scenario_has_no_recording_of_its_own(project: Project, with_one: Run) -> None:
    assert with_one.results
    assert project.inline("--only-recorded").results == []
