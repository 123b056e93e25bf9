"""docs/writing-a-scenario.md is true: its files are written into a copy of this project, its commands run.

No recording test: it tests the page.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from conformance import testing
from conformance.report.results import Outcome
from conformance.runner.collection.bugs import known_bugs
from tests.package.test_adding_a_backend import missing
from tests.support.project import PLUGINS, REPOSITORY, Project

PAGE = (REPOSITORY / "docs" / "writing-a-scenario.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHIPPED = ("conformance", "provider", "docs", "conftest.py", "pyproject.toml", "README.md")


class Copy(Project):
    """A copy of this project without its recordings and tests."""

    def __post_init__(self) -> None:
        for name in SHIPPED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("*-pytest-*.pyc"))
            else:
                shutil.copyfile(source, self.folder / name)

    def environment(self, **more: str) -> dict[str, str]:
        # This project's options of pytest have one of hypothesis.
        plugins = f"{PLUGINS['PYTEST_PLUGINS']},_hypothesis_pytestplugin"
        return super().environment(PYTHONPATH="", PYTEST_PLUGINS=plugins, **more)


def test_the_steps_lead_to_a_green_run(tmp_path: Path) -> None:
    project, statuses = Copy(tmp_path), []
    for language, name, text in BLOCKS:
        if name:
            file = tmp_path / name
            before = file.read_text("utf-8") if file.is_file() else ""
            file.write_text(f"{before}\n{text}".lstrip(), "utf-8")
        if language != "console":
            continue
        command, _, shown = text.removeprefix("$ ").partition("\n")
        _, *arguments = shlex.split(command)
        run = project.run(*arguments)
        statuses.append(run.status)
        assert missing(shown, run.output) is None, f"{command}\n{run.output}"
    assert statuses == [1, 0, 0, 0]
    page = (tmp_path / "docs" / "scenarios.md").read_text("utf-8")
    assert "keeps the text that arrived. | 1 | every target, script | [S-99](#s-99) |" in page


def test_its_bug_has_a_new_id() -> None:
    assert "S-99" not in {bug.id for bug in known_bugs()}


def test_an_author_opens_two_files() -> None:
    assert [name for _, name, _ in BLOCKS if name] == [
        "conformance/scenarios/test_limits.py",
        "conformance/scenarios/bugs/S.toml",
    ]


def test_the_scenarios_in_the_docstring_of_conformance_testing_run(tmp_path: Path) -> None:
    code = str(testing.__doc__).partition("::\n\n")[2].partition("\n\nThe fixtures:")[0]
    project = Project(tmp_path, "provider:OpenAILLM")
    project.write("test_words.py", code)
    project.recording("words/a_text_arrives_word_for_word")
    run = project.inline()
    assert [result.outcome for result in run.results] == [Outcome.PASSED, Outcome.PASSED], run.output
