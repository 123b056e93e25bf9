"""docs/writing-a-dialect.md is true: its files are written into a copy of the suite, and its commands run.

No recording test: it tests the page.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.servers.scripted.dialects import Dialect

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "writing-a-dialect.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
STREAM = {"path", "stream_path", "stream_type"}
"""Attributes of the wire itself, which a derived dialect inherits."""
TABLE = "conformance/servers/scripted/dialects/__init__.py"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the suite and of its backends, without recordings."""
    for name in ("conformance", "provider", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*-pytest-*.pyc"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_steps_lead_to_a_green_run(copied: Path) -> None:
    ran = 0
    for language, name, block in BLOCKS:
        if language == "console":
            command, _, shown = block.removeprefix("$ ").partition("\n")
            output = run(copied, command)
            ran += 1
            assert re.search(shown.strip().replace("…", ".*"), output), f"{command}\n{output}"
        elif name == "pyproject.toml":
            (copied / name).write_text((copied / name).read_text("utf-8") + block, "utf-8")
        elif name:
            (copied / name).write_text(block, "utf-8")
        elif language == "python":
            add_line(copied / TABLE, block)
    assert ran == 2


def test_every_method_and_attribute_of_a_dialect_is_named() -> None:
    named = set(re.findall(r"`(\w+)(?:\(\))?`", PAGE))
    attributes = {name for name in vars(Dialect) if name in Dialect.__annotations__} - STREAM
    assert named >= Dialect.__abstractmethods__ | attributes | {"key_header"}


def add_line(table: Path, line: str) -> None:
    """Add an import before the first one of a dialect, or an entry before the first one of the table."""
    before = "from conformance.servers" if line.startswith("from") else '    "openai": OpenAI(),\n'
    table.write_text(table.read_text("utf-8").replace(before, line + before, 1), "utf-8")


def run(folder: Path, command: str) -> str:
    """The output of a command that must succeed, whatever the run that this test belongs to."""
    program, *arguments = shlex.split(command)
    words = [sys.executable, "-m", program, *arguments, "-p", "no:xdist", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
