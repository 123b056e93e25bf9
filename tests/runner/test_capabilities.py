"""A declared capability is held to what is measured, whichever way the declaration is wrong.

Runs of a scratch project. No recording tests: what a real server can do does not change for a test.
"""

from __future__ import annotations

import pytest

from conformance.report.results import Outcome
from tests.support.project import LABEL, Project, Run

SCENARIOS = """
import pytest
from conformance.spec import laws
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse

def error(kind):
    return LLMResponse().failed(LLMProviderError("no tools here", kind=kind))

@pytest.mark.needs("tools")
def test_refused(target):
    laws.is_an_answer(error(ErrorKind.BAD_REQUEST))

@pytest.mark.needs("tools")
def test_broken(target):
    laws.is_an_answer(error(ErrorKind.SERVER))

@pytest.mark.needs("tools")
def test_able(target):
    laws.is_an_answer(LLMResponse(content="yes"))

@pytest.mark.needs("image")
def test_not_declared(target):
    laws.is_an_answer(error(ErrorKind.BAD_REQUEST))

@pytest.mark.parametrize("capability", ["tools", "image", "reasoning"])
def test_capability(capability, target, measured):
    measured({"tools": "yes", "image": "ignored", "reasoning": "refused"}[capability])
"""

DECLARED = "capabilities = { tools = false, reasoning = false }\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    project = Project(tmp_path_factory.mktemp("capabilities"))
    project.append("pyproject.toml", DECLARED)
    project.write("test_capabilities.py", SCENARIOS)
    return project.inline("--matrix")


def test_a_capability_that_is_declared_absent_and_refused_is_unsupported(run: Run) -> None:
    assert run.result("capabilities/refused").outcome is Outcome.UNSUPPORTED


def test_only_a_bad_request_counts_as_a_refusal(run: Run) -> None:
    assert run.result("capabilities/broken").outcome is Outcome.FAILED
    assert "no tools here" in run.words["broken"]


def test_a_capability_that_is_declared_absent_but_works_fails(run: Run) -> None:
    assert run.result("capabilities/able").outcome is Outcome.FAILED
    assert f"{LABEL} is declared not to support tools, but did not refuse it" in run.words["able"]


def test_without_a_declaration_a_refusal_fails(run: Run) -> None:
    assert run.result("capabilities/not_declared").outcome is Outcome.FAILED


def test_the_matrix_shows_measured_capabilities_and_flags_wrong_declarations(run: Run) -> None:
    lines = run.output.splitlines()
    title = next(number for number, line in enumerate(lines) if "measured capabilities" in line)
    head, row = (line.split() for line in lines[title + 2 : title + 6] if line.strip() and "──" not in line)
    assert head == ["backend@target", "tools", "image", "reasoning"]
    assert row == [LABEL, "yes", "!", "ignored", "refused", "="]
