"""Two workers share the targets between them, and only the worker of a target that needs litellm imports it.

No recording test: a recording has no workers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Project

LITELLM = """
[tool.conformance.backends.litellm]
class = "provider:LiteLLM"

[tool.conformance.backends.litellm.targets.engine]
model = "openai/tiny"
dialect = "openai"
"""

STAND_IN = '''
"""Stands in for litellm, whose import would take most of this test."""
'''

SCENARIOS = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_load(number, build):
    build("http://127.0.0.1:9", load=False).load()
"""

WITNESS = """
import pathlib, sys

def pytest_sessionfinish(session):
    worker = getattr(session.config, "workerinput", {}).get("workerid", "controller")
    pathlib.Path(f"{worker}.seen").write_text(str("litellm" in sys.modules), "utf-8")
"""


def test_one_worker_imports_litellm_and_the_controller_does_not(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.append("pyproject.toml", LITELLM)
    project.append("conftest.py", WITNESS)
    project.write("litellm.py", STAND_IN)
    project.write("test_words.py", SCENARIOS)

    run = project.pytest("-n", "2")

    assert run.status == pytest.ExitCode.OK, run.output
    assert sorted(result.label for result in run.results) == ["litellm@engine"] * 4 + ["openai@engine"] * 4
    seen = {path.stem: path.read_text("utf-8") for path in tmp_path.glob("*.seen")}
    assert seen.pop("controller") == "False"
    assert sorted(seen.values()) == ["False", "True"]


ORDER = """
def pytest_runtest_call(item):
    with open("order", "a", encoding="utf-8") as file:
        print(item.path.name, file=file)
"""


def test_the_other_tests_come_before_the_scenarios(tmp_path: Path) -> None:
    """A file of one slow test, begun after all targets, would keep the other workers waiting."""
    project = Project(tmp_path)
    project.append("conftest.py", ORDER)
    project.write("test_words.py", SCENARIOS)
    project.write("test_zero.py", "def test_slow(): pass")

    run = project.pytest("-n", "1")

    assert run.status == pytest.ExitCode.OK, run.output
    order = (tmp_path / "order").read_text("utf-8").split()
    assert order == ["test_zero.py"] + ["test_words.py"] * 4
