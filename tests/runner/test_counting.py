"""pytest's last line and the report count the same, in one process and in workers.

Runs of a scratch project: the suite's own gaps come and go.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.report.results import Outcome
from tests.support.project import Project

SCENARIOS = """
import pytest
from conformance.spec import laws
from conformance.spec.contract import NotJudgedError
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse

def test_passed(target):
    pass

def test_gap(target):
    assert False, "not yet"

def test_skipped(target):
    pytest.skip("not here")

@pytest.mark.parametrize("number", range(2))
def test_not_judged(target, number):
    raise NotJudgedError("finish reasons")

@pytest.fixture
def material():
    "With it the answers are derived from recordings: for a script no declaration counts."

@pytest.mark.parametrize("number", range(3))
@pytest.mark.needs("tools")
def test_refused(target, material, number):
    laws.is_an_answer(LLMResponse().failed(LLMProviderError("no tools", kind=ErrorKind.BAD_REQUEST)))
"""
FAILING = """
import pytest

@pytest.fixture
def broken():
    yield
    assert False, "at the end"

def test_passed(target):
    pass

def test_passed_and_broke_at_the_end(target, broken):
    pass

def test_failed_and_broke_at_the_end(target, broken):
    assert False

def test_other():
    pass
"""
DECLARED = """
capabilities = { tools = false }

[tool.conformance.backends.openai.targets.engine.gaps]
"group/gap" = "waits, https://example.org/issues/1"
"""
in_either = pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["serial", "a worker"])


@in_either
def test_a_case_has_the_same_outcome_in_both(tmp_path: Path, workers: tuple[str, ...]) -> None:
    project = Project(tmp_path)
    project.append("pyproject.toml", DECLARED)
    project.write("test_group.py", SCENARIOS)

    run = project.inline(*workers)

    assert Counter(each.outcome for each in run.results) == {
        Outcome.PASSED: 1,
        Outcome.KNOWN_GAP: 1,
        Outcome.UNMEASURED: 1,
        Outcome.NOT_JUDGED: 2,
        Outcome.UNSUPPORTED: 3,
    }
    last = next(line for line in reversed(run.output.splitlines()) if " passed" in line)
    counts = last.partition(" in ")[0].strip("= ").split(", ")
    assert sorted(counts) == ["1 passed", "1 skipped", "1 xfailed", "2 not judged", "3 unsupported"]


@in_either
def test_a_case_that_fails_at_its_end_counts_once(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """A test of other code in the same run is counted as pytest counts it."""
    project = Project(tmp_path)
    project.write("test_group.py", FAILING)

    run = project.inline(*workers)

    outcomes = Counter(each.outcome.is_failure for each in run.results)
    assert outcomes == {False: 1, True: 2}
    last = next(line for line in reversed(run.output.splitlines()) if " passed" in line)
    assert last.partition(" in ")[0].strip("= ") == "1 failed, 2 passed, 1 error"
