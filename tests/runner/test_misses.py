"""A request that is not recorded fails the scenario, whatever the scenario asserts.

One run of a scratch project, because starting one costs more than a scenario. No recording tests:
they are about scenarios that do not pass.
"""

from __future__ import annotations

import re

import pytest

from conformance.report.results import Outcome
from conformance.spec.dialogue import text
from tests.report.reports import timeless
from tests.support.project import LABEL, Project, Run

MISSES = '''
import pytest
from conformance.spec.dialogue import text

def test_as_recorded(interview):
    interview.answers(text.GREETING)

def test_changed_prompt(interview):
    interview.answers(text.CAPITAL)

def test_another_prompt(interview):
    interview.answers(text.GREETING)
    assert interview.llm.invoke(text.CAPITAL.messages).is_error

def test_another_prompt_streamed(interview):
    interview.answers(text.GREETING)
    stream = interview.llm.stream(text.CAPITAL.messages)
    assert list(stream) == []
    assert stream.response.is_error

def test_another_prompt_in_a_known_gap(interview):
    interview.answers(text.GREETING)
    assert interview.llm.invoke(text.CAPITAL.messages).content == "Paris"

def test_asked_too_often(interview):
    interview.answers(text.GREETING)
    assert interview.llm.invoke(text.GREETING.messages).is_error

def test_another_key(stage, build):
    assert build(stage.url, key="sk-another").invoke(text.GREETING.messages).is_error

def test_asks_too_little(interview):
    """Its snapshot is empty, and so is the digest of what it asks."""

def test_stale(interview):
    interview.answers(text.GREETING)

def test_missing(interview):
    interview.answers(text.GREETING)

def test_missing_in_a_known_gap(interview):
    interview.answers(text.GREETING)

def test_empty(interview):
    interview.answers(text.GREETING)

def test_truncated(interview):
    interview.answers(text.GREETING)

def test_corrupt(interview):
    interview.answers(text.GREETING)
'''

GAPS = """
[tool.conformance.backends.openai.targets.engine.gaps]
"misses/another_prompt_in_a_known_gap" = "it says so, https://example.org/1"
"misses/missing_in_a_known_gap" = "it says so, https://example.org/2"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("misses"), "provider:OpenAILLM")
    project.append("pyproject.toml", GAPS)
    project.write("test_misses.py", MISSES)
    for name in re.findall(r"def test_(\w+)", MISSES):
        if not name.startswith("missing"):
            project.recording(f"misses/{name}")
    project.recording("misses/asks_too_little", of="stream/deltas_come_in_pieces")

    stale = project.cassette("misses/stale")
    other, count = re.subn(r"digest: \w+", "digest: 0123456789ab", stale.read_text("utf-8"))
    assert count == 1
    stale.write_text(other, "utf-8")
    project.cassette("misses/empty").write_bytes(b"")
    truncated = project.cassette("misses/truncated")
    truncated.write_bytes(truncated.read_bytes()[:-200])
    corrupt = project.cassette("misses/corrupt")
    corrupt.write_bytes(corrupt.read_bytes().replace(b"interactions:", b"interactions: ["))
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.inline("--matrix")


def test_two_workers_report_the_same_as_one_process(run: Run, project: Project) -> None:
    """A worker finds what is stale, missed and unplayed; the controller reports it."""
    parallel = project.inline("-n", "2")
    assert parallel.status == pytest.ExitCode.TESTS_FAILED
    assert timeless(parallel.results) == timeless(run.results)


def command(name: str) -> str:
    return f"python -m conformance record --target {LABEL} --scenario misses/{name}"


def test_only_the_scenario_as_recorded_passes(run: Run) -> None:
    assert run.status == pytest.ExitCode.TESTS_FAILED
    passed = [result.scenario for result in run.results if result.outcome is Outcome.PASSED]
    assert passed == ["as_recorded"]
    assert {result.outcome for result in run.results} == {Outcome.PASSED, Outcome.FAILED}
    assert len(run.results) == MISSES.count("def test_")


@pytest.mark.parametrize("name", ["another_prompt", "another_prompt_streamed"])
def test_a_miss_fails_a_scenario_that_expects_an_error(run: Run, name: str) -> None:
    """Although its assertions hold, its snapshot matches, and every interaction was played."""
    words = run.words[name]
    assert f"misses/{name}.yaml: no recording answers POST /v1/chat/completions" in words
    assert "$.messages[0].content: recorded" in words
    assert text.GREETING.answer.text in words
    assert str(text.CAPITAL.messages[0]["content"]) in words
    assert command(name) in words
    assert words.count("conformance record") == 1


def test_the_reason_of_a_changed_prompt_is_the_miss_and_not_the_error_that_followed(run: Run) -> None:
    assert "an error came instead of an answer" in run.words["changed_prompt"]
    reason = run.result("misses/changed_prompt").reason
    assert "no recording answers POST" in reason
    assert "an error came instead" not in reason


def test_a_known_gap_does_not_excuse_a_miss(run: Run) -> None:
    name = "another_prompt_in_a_known_gap"
    assert "no recording answers POST" in run.words[name]
    assert command(name) in run.words[name]


def test_one_request_more_than_recorded_is_a_miss(run: Run) -> None:
    assert "already played: 1 recorded, all of them played before" in run.words["asked_too_often"]
    assert command("asked_too_often") in run.words["asked_too_often"]


def test_another_key_is_a_miss_and_neither_key_is_shown(run: Run) -> None:
    words = run.words["another_key"]
    assert 'header authorization: recorded "Bearer <API_KEY>", sent "Bearer <UNKNOWN_KEY>"' in words
    assert "sk-" not in words


def test_an_interaction_that_is_not_played_fails_the_scenario(run: Run) -> None:
    words = run.words["asks_too_little"]
    assert "interactions[0] POST /v1/chat/completions was recorded, but nothing requested it" in words
    assert "stale" not in words
    assert command("asks_too_little") in words
    assert run.result("misses/asks_too_little").unplayed == 1


def test_a_stale_recording_fails_the_scenario_it_belongs_to(run: Run) -> None:
    """All its requests are answered: only the digest tells."""
    assert "the recording is stale" in run.words["stale"]
    assert command("stale") in run.words["stale"]
    assert run.result("misses/stale").unplayed == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "the cassette does not exist"),
        ("missing_in_a_known_gap", "the cassette does not exist"),
        ("empty", "the cassette is empty"),
        ("truncated", "the cassette is truncated"),
        ("corrupt", "the cassette cannot be read"),
    ],
)
def test_a_broken_cassette_says_what_is_wrong_with_it(run: Run, name: str, message: str) -> None:
    assert f"misses/{name}.yaml: {message}" in run.words[name]
    assert command(name) in run.words[name]


def test_the_list_of_problems_names_every_failure_with_the_command_that_fixes_it(run: Run) -> None:
    for name in run.words:
        start = f"failed: {LABEL} misses/{name}: "
        [line] = [line for line in run.output.splitlines() if line.startswith(start)]
        assert line.endswith(command(name))
