"""Each failure has a cause in words that are the same for every failure of its kind.

Runs of a scratch project: the scenarios of the suite do not fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Outcome
from tests.support.project import Project

SCENARIOS = """
from conformance.testing import LLMProviderError, LLMResponse, laws, text
from provider.errors import ErrorKind

ANSWER = text.GREETING.answer


def test_no_reason(target):
    laws.is_the_answer(LLMResponse(content=ANSWER.text), ANSWER)


def test_another_text(target):
    laws.is_the_answer(LLMResponse(content="Bye!", finish_reason="stop"), ANSWER)


def test_an_error(target):
    laws.is_an_answer(LLMResponse().failed(LLMProviderError("slow down", kind=ErrorKind.RATE_LIMIT)))


def test_a_raised_error(target):
    raise LLMProviderError("slow down", kind=ErrorKind.RATE_LIMIT)


def test_a_false_overflow(target):
    raise LLMProviderError("too many tokens a minute", kind=ErrorKind.CONTEXT_LIMIT)


def test_a_crash(target):
    {}["choices"]


def test_its_own_assertion(target):
    assert len("1234") == 3, "4 requests were sent"
"""

CAUSES = {
    "no_reason": ("`finish_reason` is None", "None", "'stop'"),
    "another_text": ("`content` is not what it must be", "'Bye!'", "'Hello, world!'"),
    "an_error": ("an error came instead of an answer: rate_limit", "slow down", ""),
    "a_raised_error": (
        "an error was raised that must be returned",
        "rate_limit: slow down",
        "",
    ),
    "a_false_overflow": (
        "raised context_limit, where an answer or another error was expected",
        "too many tokens a minute",
        "",
    ),
    "a_crash": ("KeyError: 'choices'", "", ""),
    "its_own_assertion": ("… requests were sent", "4", "3"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("causes"))
    project.write("test_invoke.py", SCENARIOS)
    return project


def test_each_failure_has_its_cause_and_both_sides(project: Project) -> None:
    results = project.inline().results
    assert {each.scenario: (each.cause, each.got, each.expected) for each in results} == CAUSES


def test_the_contracts_own_error_is_a_failure_and_not_a_crash(project: Project) -> None:
    run = project.inline("--scenario", "invoke/a_*")
    outcomes = {each.scenario: each.outcome for each in run.results}
    failed = ("a_raised_error", "a_false_overflow", "a_crash")
    assert outcomes == dict.fromkeys(failed, Outcome.FAILED)


def test_the_cause_needs_no_results_file(project: Project) -> None:
    run = project.run("-m", "pytest", "-q", "--matrix", "-p", "no:cacheprovider")
    assert "1 case failed: `finish_reason` is None" in run.output
    assert "    got      None\n    expected 'stop'\n" in run.output


def test_a_failure_belongs_to_the_extension_whose_attribute_was_wrong(project: Project) -> None:
    tiers = {each.scenario: each.tier for each in project.inline().results}
    assert (tiers["no_reason"], tiers["another_text"]) == ("finish reasons", "base")


MISTAKES = """
import json

import pytest

from conformance.testing import LLMProviderError, LLMResponse, laws, text, tools
from provider.errors import ErrorKind

NO_REASON = LLMResponse(content="Hello, world!")
CALL = {"id": "call_1", "name": "get_weather", "arguments": ""}
NO_ARGUMENTS = LLMResponse(tool_calls=[CALL], finish_reason="tool_calls")
NO_CALL = LLMResponse(finish_reason="tool_calls")
LISTED = LLMResponse(content=["Hello, world!"], finish_reason="stop")
SLOW = LLMResponse().failed(LLMProviderError("slow down", kind=ErrorKind.SERVER))

def _ended(response):
    return response.finish_reason

NO_REASONS = (
    lambda: laws.is_the_answer(NO_REASON, text.GREETING.answer),
    lambda: laws.answers_turn(NO_REASON, text.GREETING),
    lambda: laws.has_fields(NO_REASON, finish_reason="length"),
    lambda: _own_assertion(NO_REASON),
    lambda: _of_two(NO_REASON),
    lambda: _by_name(NO_REASON),
    lambda: _in_a_helper(NO_REASON),
)

def _own_assertion(answer):
    assert answer.finish_reason == "length", "it was cut"

def _of_two(answer):
    assert (answer.content, answer.finish_reason) == ("Hello, world!", "stop")

def _by_name(answer):
    for name in ("content", "finish_reason"):
        assert getattr(answer, name)

def _in_a_helper(answer):
    assert answer.finish_reason.startswith("st")

@pytest.mark.parametrize("judge", NO_REASONS, ids=range(len(NO_REASONS)))
def test_no_reason(target, judge):
    judge()

def _one(answer):
    [call] = answer.tool_calls
    assert json.loads(call["arguments"]) == {"city": "Paris"}

def _each(answer):
    for call in answer.tool_calls:
        assert call["arguments"].startswith("{")

def _at(answer):
    assert answer.tool_calls[0]["arguments"] != ""

EMPTY_ARGUMENTS = (
    lambda: laws.is_the_answer(NO_ARGUMENTS, tools.ONE_CALL.answer),
    lambda: laws.answers_turn(NO_ARGUMENTS, tools.ONE_CALL),
    lambda: laws.calls_are(NO_ARGUMENTS, [("call_1", "get_weather", "{}")]),
    lambda: laws.calls_of(NO_ARGUMENTS),
    lambda: laws.same_answer(NO_ARGUMENTS, LLMResponse(tool_calls=[{**CALL, "arguments": "{}"}])),
    lambda: _one(NO_ARGUMENTS),
    lambda: _each(NO_ARGUMENTS),
    lambda: _at(NO_ARGUMENTS),
)

@pytest.mark.parametrize("judge", EMPTY_ARGUMENTS, ids=range(len(EMPTY_ARGUMENTS)))
def test_empty_arguments(target, judge):
    judge()

CALLS_LOST = (
    lambda: laws.answers_turn(NO_CALL, tools.ONE_CALL),
    lambda: laws.calls_are(NO_CALL, [("call_1", "get_weather", "{}")]),
    lambda: _one(NO_CALL),
    lambda: _at(NO_CALL),
)

@pytest.mark.parametrize("judge", CALLS_LOST, ids=range(len(CALLS_LOST)))
def test_calls_lost(target, judge):
    judge()

LISTS = (
    lambda: laws.well_formed(LISTED),
    lambda: laws.is_the_answer(LISTED, text.GREETING.answer),
    lambda: laws.deltas_are_text(["Hello, world!"], LISTED),
    lambda: laws.begins_answer(LISTED, text.GREETING),
)

@pytest.mark.parametrize("judge", LISTS, ids=range(len(LISTS)))
def test_content_is_a_list(target, judge):
    judge()

def _kind(answer):
    assert answer.error_kind == "rate_limit"

def _raised(answer):
    with pytest.raises(LLMProviderError) as caught:
        raise LLMProviderError("slow down", kind=ErrorKind.SERVER)
    assert caught.value.kind in ("rate_limit", "quota")

def _raised_alone(answer):
    try:
        raise LLMProviderError("slow down", kind=ErrorKind.SERVER)
    except LLMProviderError as error:
        failure = error
    assert failure.kind in ("rate_limit", "quota")

KINDS = (
    lambda: laws.failed_as(SLOW, "rate_limit"),
    lambda: _kind(SLOW),
    lambda: _raised(SLOW),
    lambda: _raised_alone(SLOW),
)

@pytest.mark.parametrize("judge", KINDS, ids=range(len(KINDS)))
def test_wrong_kinds(target, judge):
    judge()
"""

ONE_CAUSE = {
    "no_reason": "`finish_reason` is None",
    "empty_arguments": "`tool_calls[].arguments` is ''",
    "calls_lost": "`tool_calls` is []",
    "content_is_a_list": "`content` is not a text",
    "wrong_kinds": "`error_kind` is not what it must be",
}


def test_one_mistake_is_one_cause_however_it_was_found(tmp_path: Path) -> None:
    """By a law, by a scenario's own assertion, or by an exception in its own code."""
    project = Project(tmp_path)
    project.write("test_mistakes.py", MISTAKES)
    found: dict[str, list[str]] = {}
    for each in project.inline().results:
        found.setdefault(each.scenario.partition("-")[0], []).append(each.cause)
    assert found == {name: [cause] * len(found[name]) for name, cause in ONE_CAUSE.items()}


CRASHING = """
class Backend:
    def send(self, text):
        return int(text)
"""
CRASHES = """
import pytest
from crashing import Backend

@pytest.mark.parametrize("text", ["one", "two", "three"])
def test_crash(target, text):
    Backend().send(text)
"""


def test_a_crash_is_named_by_its_place_whatever_it_says(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("crashing.py", CRASHING)
    project.write("test_crashes.py", CRASHES)
    results = project.inline().results
    assert {(each.outcome, each.cause) for each in results} == {
        (Outcome.ERRORED, "ValueError in Backend.send (crashing.py, line 3)")
    }
    said = "ValueError: invalid literal for int() with base 10: '{}'"
    assert [each.got for each in results] == [said.format(text) for text in ("one", "two", "three")]
