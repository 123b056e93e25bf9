"""Every backend that a scenario builds is unloaded, also where the unloading of another one fails.

A run of a scratch project. No recording test: it is about a scenario that must not pass.
"""

from __future__ import annotations

from pathlib import Path

from conformance.report.results import Outcome
from tests.support.project import Project

BACKEND = """
from pathlib import Path
from tests.support.project_backend import PlainLLM

class Stubborn(PlainLLM):
    def unload(self):
        super().unload()
        Path(f"{self.model_name}.unloaded").touch()
        raise OSError(f"{self.model_name} does not close")
"""

SCENARIOS = """
def test_two(build):
    build("http://127.0.0.1:9", model="first")
    build("http://127.0.0.1:9", model="second")
"""


def test_all_are_unloaded_and_the_failure_is_shown(tmp_path: Path) -> None:
    project = Project(tmp_path, "stubborn:Stubborn")
    project.write("stubborn.py", BACKEND)
    project.write("test_built.py", SCENARIOS)

    run = project.inline()

    assert {path.stem for path in tmp_path.glob("*.unloaded")} == {"first", "second"}
    assert run.result("built/two").outcome is Outcome.ERRORED
    assert "does not close" in run.words["two"]
