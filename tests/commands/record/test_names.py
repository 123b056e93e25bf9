"""Names in any script can be recorded: of backends, targets, models, scenarios and their cases."""

from __future__ import annotations

from pathlib import Path

from conformance.recording import read
from tests.support.project import PLAIN, Project, needs_engine

pytestmark = needs_engine

DECLARED = f"""
[tool.conformance.backends."été"]
class = "{PLAIN}"

[tool.conformance.backends."été".targets."größe-東京"]
model = "modèle-маленький"
dialect = "openai"
"""


def test_what_is_not_ascii_is_recorded_kept_and_selected(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", DECLARED)
    recorded = project.record("invoke/says-chinese", "--target", "été@größe-東京")
    assert recorded.status == 0, recorded.output
    path = project.cassettes / "été" / "größe-東京" / "invoke" / "says-chinese.yaml"
    origin = read(path, "").provenance
    assert (origin.backend, origin.target, origin.model) == ("été", "größe-東京", "modèle-маленький")
    again = project.record("invoke/says-chinese")
    assert "0 recordings changed, 1 unchanged and kept" in again.output
