"""Each failure has a cause in words that are the same for every failure of its kind.

Runs of a scratch project: the scenarios of the suite do not fail.
"""

from __future__ import annotations

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
    assert outcomes == {"a_false_overflow": Outcome.FAILED, "a_crash": Outcome.FAILED}


def test_the_cause_needs_no_results_file(project: Project) -> None:
    run = project.run("-m", "pytest", "-q", "--matrix", "-p", "no:cacheprovider")
    assert "1 case failed: `finish_reason` is None" in run.output
    assert "    got      None\n    expected 'stop'\n" in run.output


def test_a_failure_belongs_to_the_extension_whose_attribute_was_wrong(project: Project) -> None:
    tiers = {each.scenario: each.tier for each in project.inline().results}
    assert (tiers["no_reason"], tiers["another_text"]) == ("finish reasons", "base")
