"""A case is not judged where a scenario reads what a backend lacks, and nowhere else.

Runs of scratch projects: a backend of this repository lacks nothing.
"""

from __future__ import annotations

from pathlib import Path

from conformance.report.results import Outcome
from tests.support.project import REPOSITORY, Project

LACKING = """
from conformance.spec.dialogue import Answer
from conformance.spec.strangers import HeardResponse
from conformance.testing import laws

def test_reads_it(target):
    assert HeardResponse(content="Rome").reasoning == "a city"

def test_is_about_it(target):
    laws.demands(HeardResponse(content="Rome"), "reasoning")

def test_wrong_beside_it(target):
    laws.is_the_answer(HeardResponse(content="Rome", tool_calls=[]), Answer("Rome"))
    laws.is_the_answer(HeardResponse(content="Paris"), Answer("Rome"))
"""

SKIPS_ITSELF = """
import pytest
from tests.support.project_backend import PlainLLM

class Skipping(dict):
    def __setitem__(self, name, value):
        pytest.skip("not today")

class OwnLLM(PlainLLM):
    def load(self):
        self.capabilities = Skipping()
        return super().load()
"""


def test_another_fault_is_not_excused_by_a_missing_field(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_reasoning.py", LACKING)

    run = project.inline()

    assert {each.scenario: each.outcome for each in run.results} == {
        "reads_it": Outcome.NOT_JUDGED,
        "is_about_it": Outcome.NOT_JUDGED,
        "wrong_beside_it": Outcome.FAILED,
    }


def test_a_backend_cannot_leave_a_scenario_out(tmp_path: Path) -> None:
    """Here by what is no call of a method of the base; ``tests/spec/test_boundary.py`` has the methods."""
    project = Project(tmp_path, "own:OwnLLM")
    project.write("own.py", SKIPS_ITSELF)
    project.append("pyproject.toml", 'source = "script"\n')
    name = "attachments/an_image_for_a_model_without_vision_is_a_bad_request"
    group = str(REPOSITORY / "conformance/scenarios/test_attachments.py")

    run = project.inline("-c", "pyproject.toml", "-p", "conformance.plugin", group, "--scenario", name)

    assert [each.outcome for each in run.results] == [Outcome.ERRORED], run.output
    assert "the backend raised Skipped" in run.results[0].reason
