"""A process of the suite imports what it uses, and no more: two hundred of them run in these tests alone.

Each runs in a fresh process, because imports cannot be undone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from conformance.cli import main
from conformance.commands import COMMANDS
from tests.support.project import REPOSITORY, Project

SDKS = {"openai", "litellm", "boto3", "botocore", "anthropic", "xllamacpp"}
LIBRARIES = {
    "httpx",
    "h11",
    "vcr",
    "rich",
    "jsonschema",
    "detect_secrets",
    "filelock",
    "hypothesis",
    "jinja2",
}
COMMAND_LINE = SDKS | LIBRARIES | {"pytest", "yaml", "asyncio", "importlib.metadata", "syrupy"}
"""What a command does without that runs the suite in another process, or reads results."""

PLUGIN = SDKS | LIBRARIES | {"asyncio", "unittest.mock"}
"""What pytest does without that has loaded the plugin and nothing yet to ask."""


def imported(code: str) -> set[str]:
    """The modules that a process has imported after ``code``."""
    script = f"import json, sys\n{code}\nprint(json.dumps([*sys.modules]))"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, check=True, encoding="utf-8"
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", ["check", "report", "combine"])
def test_a_command_that_needs_no_library_imports_none(command: str) -> None:
    modules = imported(
        "from contextlib import suppress\nfrom conformance.cli import main\n"
        f"with suppress(SystemExit):\n    main([{command!r}, '--help'])"
    )
    assert f"conformance.commands.{COMMANDS[command]}" in modules
    assert modules & COMMAND_LINE == set()


def test_a_command_imports_no_other() -> None:
    modules = imported("from conformance.cli import main\nmain(['list', 'targets'])")
    asked = {name for name in COMMANDS.values() if f"conformance.commands.{name}" in modules}
    assert asked == {"listing"}


def test_the_plugin_imports_what_every_run_uses() -> None:
    assert imported("import pytest, conformance.plugin") & PLUGIN == set()


def test_every_command_is_told_and_each_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert (ended.value.code, capsys.readouterr().out[:200].split()[2]) == (0, command)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert re.findall(r"^    ([a-z-]+)", capsys.readouterr().out, re.MULTILINE) == [*COMMANDS]


def test_a_missing_library_is_named_before_a_command_begins(tmp_path: Path) -> None:
    project = Project(tmp_path)
    code = """
        import runpy, sys
        from importlib.machinery import PathFinder

        class Without(PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                return None if name == "xdist" else super().find_spec(name, path, target)

        sys.meta_path[sys.meta_path.index(PathFinder)] = Without
        sys.argv[1:] = ["check"]
        runpy.run_module("conformance", run_name="__main__", alter_sys=True)
    """
    run = project.run("-c", dedent(code))
    extra = "pip install 'llm-backend-conformance[suite]'"
    assert (run.status, run.output) == (4, f"ERROR: the suite is not installed, xdist is missing: {extra}\n")


def test_only_a_worker_imports_a_backend(tmp_path: Path) -> None:
    """The process that hands out the scenarios, and the one that judges the run, can do without its SDK."""
    project = Project(tmp_path, factory="mine:Mine")
    project.write(
        "mine.py",
        """
        import os
        from tests.support.project_backend import PlainLLM as Mine

        with open("importing", "a") as file:
            print(os.environ.get("PYTEST_XDIST_WORKER", "another process"), file=file)
        """,
    )
    project.recording("invoke/text")
    run = project.command("check", "--scenario", "invoke/text")
    assert run.status == 0, run.output
    assert (tmp_path / "importing").read_text("utf-8").splitlines() == ["gw0"]
