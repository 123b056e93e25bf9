"""The name of a recorded scenario is the name of a file: letters of any script, nothing that leads elsewhere.

Runs of a scratch project, in this process.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Outcome
from conformance.runner.targets.target import is_name
from tests.support.project import Project

SCENARIOS = """
import pytest
from conformance.spec.dialogue import text

@pytest.mark.parametrize("word", [{word!r}])
def test_said(interview, word):
    interview.answers(text.GREETING)
"""


def project(folder: Path, word: str) -> Project:
    made = Project(folder)
    made.write("scenarios/test_names.py", SCENARIOS.format(word=word))
    return made


@pytest.mark.parametrize("word", ["é", "名前", "1.5", "a-b"])
def test_a_parameter_in_any_script_is_part_of_the_name_of_its_recording(tmp_path: Path, word: str) -> None:
    made = project(tmp_path, word)
    made.recording(f"names/said-{word}")
    assert made.inline("scenarios").result(f"names/said-{word}").outcome is Outcome.PASSED


@pytest.mark.parametrize("word", ["../../x", "a\\b", "\n", "C:x", "x" * 97])
def test_a_parameter_that_cannot_be_part_of_a_file_s_name_ends_the_run(tmp_path: Path, word: str) -> None:
    run = project(tmp_path, word).inline("scenarios")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "a recording cannot be called" in run.output
    assert "test_said" in run.output


@pytest.mark.parametrize("name", ["openai", "vertex_ai-claude", "gpt-4.1", "größe", "模型", "a,b=c+d"])
def test_a_name_has_letters_of_any_script(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".git",
        "..",
        "-x",
        "a/b",
        "a\\b",
        "a@b",
        "a b",
        "a:b",
        "a\n",
        "\0",
        "a\u202eb",
        "\u200b",
        "x" * 101,
    ],
)
def test_a_name_leads_nowhere_and_hides_nothing(name: str) -> None:
    assert not is_name(name)
