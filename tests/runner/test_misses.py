"""A request that is not recorded fails the scenario, whatever the scenario asserts.

A recording is stale exactly when its scenario asks something else, not when its code is refactored.
One run of a scratch project, because starting one costs more than a scenario. No recording tests:
they are about scenarios that do not pass.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.report.results import Outcome
from conformance.spec.dialogue import TURNS, Answer, text
from conformance.spec.dialogue.turn import Turn, user
from tests.report.reports import timeless
from tests.support.project import LABEL, Project, Run

MISSES = '''
from dataclasses import replace
from conformance.spec.dialogue import text, tools
from conformance.spec.dialogue.turn import user

ONE = tools.ONE_CALL
[TOOL] = ONE.tools

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

def asked(who, what):
    """A refactoring may extract a function, rename a turn and reorder keys."""
    turned = [dict(reversed(message.items())) for message in what.messages]
    again = replace(what, name="renamed", messages=turned, tools=[dict(reversed(TOOL.items()))])
    who.invoke(again)
    who.stream(again)

def test_refactored(interview):
    """The snapshot names the turn, so the old name is put back here."""
    asked(interview, ONE)
    interview.decoded = [{**each, "turn": "one_call"} for each in interview.decoded]

def test_another_tool(interview):
    other = {**TOOL["function"], "description": "Says how warm it is."}
    interview.answers(replace(ONE, tools=[{**TOOL, "function": other}]))

def test_another_parameter(interview):
    interview.answers(replace(ONE, params={"temperature": 0}))

def test_past_the_interview(stage, build):
    """Like the scenarios of wrong keys and paths, it has no digest and needs none."""
    response = build(stage.url, key="sk-wrong").invoke([user("Reply with something else.")])
    assert response.is_error
'''

OF = {
    **dict.fromkeys(("refactored", "another_tool", "another_parameter"), "tools/call-one_call"),
    "asks_too_little": "stream/deltas_come_in_pieces",
    "past_the_interview": "errors/a_wrong_key_is_an_authentication_error",
}
"""The recordings of scenarios that do not have that of ``invoke/text``."""

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
            project.recording(f"misses/{name}", OF.get(name, "invoke/text"))

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


def test_only_scenarios_that_ask_as_recorded_pass(run: Run) -> None:
    assert run.status == pytest.ExitCode.TESTS_FAILED
    passed = [result.scenario for result in run.results if result.outcome is Outcome.PASSED]
    assert passed == ["as_recorded", "refactored"]
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
    assert words.count("conformance record") == 1


def test_the_reason_of_a_changed_prompt_is_the_miss_and_not_the_error_that_followed(run: Run) -> None:
    assert "an error came instead of an answer" in run.words["changed_prompt"]
    reason = run.result("misses/changed_prompt").reason
    assert "no recording answers POST" in reason
    assert "an error came instead" not in reason


def test_another_key_is_a_miss_and_neither_key_is_shown(run: Run) -> None:
    words = run.words["another_key"]
    assert 'header authorization: recorded "Bearer <API_KEY>", sent "Bearer <UNKNOWN_KEY>"' in words
    assert "sk-" not in words


def test_an_interaction_that_is_not_played_fails_the_scenario(run: Run) -> None:
    words = run.words["asks_too_little"]
    assert "interactions[0] POST /v1/chat/completions was recorded, but nothing requested it" in words
    assert "stale" not in words
    assert run.result("misses/asks_too_little").unplayed == 1


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("changed_prompt", "$.messages[0].content: recorded "),
        ("another_tool", "$.tools[0].function.description: recorded "),
        ("another_parameter", "$.temperature: recorded nothing, sent 0"),
        ("past_the_interview", "$.messages[0].content: recorded "),
    ],
)
def test_a_miss_names_the_place_that_changed_and_no_other(run: Run, name: str, place: str) -> None:
    differences = re.findall(r"^ {4}(\S.*: recorded .*)$", run.words[name], re.M)
    assert differences
    assert all(each.startswith(place) for each in differences)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("another_prompt_in_a_known_gap", "another_prompt_in_a_known_gap.yaml: no recording answers POST"),
        ("asked_too_often", "already played: 1 recorded, all of them played before"),
        ("stale", "the recording is stale"),
        ("missing", "misses/missing.yaml: the cassette does not exist"),
        ("missing_in_a_known_gap", "misses/missing_in_a_known_gap.yaml: the cassette does not exist"),
        ("empty", "misses/empty.yaml: the cassette is empty"),
        ("truncated", "misses/truncated.yaml: the cassette is truncated"),
        ("corrupt", "misses/corrupt.yaml: the cassette cannot be read"),
    ],
)
def test_a_failure_says_what_is_wrong_with_the_recording(run: Run, name: str, message: str) -> None:
    """All requests of the stale one are answered: only the digest tells. A known gap excuses no miss."""
    assert message in run.words[name]
    assert run.result(f"misses/{name}").unplayed == 0


def test_every_failure_names_the_command_that_fixes_it_also_in_the_list_of_problems(run: Run) -> None:
    """In one piece, to be copied, however long it is."""
    problems = re.findall(r"^1 case failed: (.*?)^    e\.g\. \S+ misses/(\w+)$", run.output, re.M | re.S)
    listed = {name: problem.rstrip() for problem, name in problems}
    assert listed.keys() == run.words.keys()
    for name, words in run.words.items():
        command = f"python -m conformance record --target {LABEL} --scenario misses/{name}"
        assert command in words
        assert listed[name].endswith(command)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.name)
def test_a_digest_covers_only_prompt_tools_and_parameters(turn: Turn) -> None:
    """A unit test: it is the law behind all of the above."""
    renamed = replace(turn, name="other", answer=Answer("other"), trained=not turn.trained)
    assert renamed.digest == turn.digest
    changed = [
        replace(turn, messages=[*turn.messages, user("more")]),
        replace(turn, tools=[*turn.tools, {"type": "function"}]),
        replace(turn, params={**turn.params, "seed": 1}),
    ]
    assert len({turn.digest, *(each.digest for each in changed)}) == 4
