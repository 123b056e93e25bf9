"""Two workers share the backends between them: importing litellm takes longer than a whole worker's run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from project import Project

LITELLM = """
[tool.conformance.backends.litellm]
class = "provider:LiteLLM"

[tool.conformance.backends.litellm.targets.engine]
model = "openai/tiny"
dialect = "openai"
"""

SCENARIOS = """
import pytest
from conformance.dialogue import text

@pytest.mark.parametrize("number", range(4))
def test_greeting(number, serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    assert llm.invoke(text.GREETING.messages).content == text.GREETING.answer.text
"""

WITNESS = """
import pathlib, sys

def pytest_sessionfinish(session):
    worker = getattr(session.config, "workerinput", {}).get("workerid", "controller")
    pathlib.Path(f"{worker}.seen").write_text(str("litellm" in sys.modules), "utf-8")
"""


@pytest.mark.skipif(
    importlib.util.find_spec("litellm") is None, reason="litellm is not installed: nothing is slow to import"
)
def test_one_worker_imports_litellm_and_the_controller_does_not(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.append("pyproject.toml", LITELLM)
    project.append("conftest.py", WITNESS)
    project.write("test_words.py", SCENARIOS)

    run = project.pytest("-n", "2")

    assert run.status == pytest.ExitCode.OK, run.output
    assert len(run.results) == 8
    seen = {path.stem: path.read_text("utf-8") for path in tmp_path.glob("*.seen")}
    assert seen.pop("controller") == "False"
    assert sorted(seen.values()) == ["False", "True"]
