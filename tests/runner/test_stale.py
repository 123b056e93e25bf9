"""A recording is stale exactly when its scenario asks something else, not when its code is refactored.

One run of a scratch project. No recording tests: they are about scenarios that do not pass.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.report.results import Outcome
from conformance.spec.dialogue import TURNS, Answer
from conformance.spec.dialogue.turn import Turn, user
from tests.support.project import LABEL, Project, Run

SCENARIOS = '''
from dataclasses import replace
from conformance.spec.dialogue import tools
from conformance.spec.dialogue.turn import user

ONE = tools.ONE_CALL
[TOOL] = ONE.tools

def test_as_recorded(interview):
    interview.answers(ONE)

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

def test_another_prompt(interview):
    interview.answers(replace(ONE, messages=[user("What is the weather in Rome? Use the tool.")]))

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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    project = Project(tmp_path_factory.mktemp("stale"))
    project.write("test_stale.py", SCENARIOS)
    for name in re.findall(r"def test_(\w+)", SCENARIOS):
        project.recording(f"stale/{name}", of="tools/call-one_call")
    project.recording("stale/past_the_interview", of="errors/a_wrong_key_is_an_authentication_error")
    return project.inline()


def test_exactly_the_scenarios_that_ask_something_else_fail(run: Run) -> None:
    failed = {result.scenario for result in run.results if result.outcome is Outcome.FAILED}
    assert failed == {"another_prompt", "another_tool", "another_parameter", "past_the_interview"}
    assert len(run.results) == SCENARIOS.count("def test_")


def test_each_names_the_command_that_renews_its_recording(run: Run) -> None:
    for name, words in run.words.items():
        assert f"python -m conformance record --target {LABEL} --scenario stale/{name}" in words


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("another_prompt", "$.messages[0].content: recorded "),
        ("another_tool", "$.tools[0].function.description: recorded "),
        ("another_parameter", "$.temperature: recorded nothing, sent 0"),
        ("past_the_interview", "$.messages[0].content: recorded "),
    ],
)
def test_a_miss_names_the_place_that_changed_and_no_other(run: Run, name: str, place: str) -> None:
    differences = re.findall(r"^ {4}(\S.*: recorded .*)$", run.words[name], re.M)
    assert differences
    assert all(each.startswith(place) for each in differences)


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
