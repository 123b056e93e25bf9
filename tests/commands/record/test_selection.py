"""What is recorded: the targets that have recordings of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.commands.record.selection import Selection

DECLARED = """
[tool.conformance.backends.mine]
class = "provider:OpenAILLM"
targets.engine = { model = "tiny", dialect = "openai" }

[tool.conformance.backends.same]
class = "provider:AsyncOpenAILLM"
targets.engine = { model = "tiny", dialect = "openai", replays = "mine@engine" }
"""


@pytest.mark.parametrize("chosen", [None, "*"])
def test_a_target_that_replays_the_recordings_of_another_is_not_recorded(
    tmp_path: Path, chosen: str | None
) -> None:
    (tmp_path / "pyproject.toml").write_text(DECLARED, "utf-8")

    selection = Selection(tmp_path / "cassettes", chosen, None, 0.0)

    assert [target.label for target in selection.targets()] == ["mine@engine"]
