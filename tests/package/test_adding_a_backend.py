"""docs/adding-a-backend.md is true: its files are written, its commands run, its output compared.

No recording test: it tests the page. The wheel is built from this checkout.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.package.wheel_environment import REPOSITORY, OtherProject, wheel_environment

PAGE = (REPOSITORY / "docs" / "adding-a-backend.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(project: OtherProject, command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    return project.pytest(*arguments) if program == "pytest" else project.run(program, *arguments)


def missing(shown: str, output: str) -> str | None:
    """The first line of ``shown`` that is not in ``output`` in this order; ``…`` matches anything.

    The number of spaces is ignored, for it depends on the width of a table.
    """
    lines = (" ".join(line.split()) for line in output.splitlines())
    for line in shown.splitlines():
        words = " ".join(line.split())
        pattern = ".*".join(map(re.escape, words.split("…")))
        if words not in ("", "…") and not any(re.search(pattern, each) for each in lines):
            return line
    return None


def test_the_six_steps_lead_to_a_green_matrix(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = OtherProject(tmp_path, wheel_environment(tmp_path_factory))
    statuses = []
    for language, name, text in BLOCKS:
        if name:
            project.write(name, text)
        if language != "console" or text.startswith("$ pip install"):
            continue
        command, _, shown = text.removeprefix("$ ").partition("\n")
        ended = run(project, command)
        statuses.append(ended.returncode)
        assert missing(shown, ended.stdout) is None, f"{command}\n{ended.stdout}"
    assert statuses == [1, 0, 0, 0]
    assert re.findall(r"^## (\d)\.", PAGE, re.MULTILINE) == list("123456")


def test_the_comparison_finds_a_missing_line() -> None:
    """A unit test of the comparison that the test above uses."""
    assert missing("one\n…\nthree …", "one\ntwo\nthree 3") is None
    assert missing("one\nfour", "one\ntwo\nthree") == "four"
    assert missing("two\none", "one\ntwo") == "one"
