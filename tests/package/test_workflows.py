"""The workflows call commands of the Makefile, give keys to a single step, and report what they find.

Their scripts are run unchanged, with fakes of ``make`` and ``gh``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BASH = shutil.which("bash")


def workflow(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return loaded


def steps(file: Path) -> Iterator[dict[str, Any]]:
    for job in workflow(file)["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_uses_commands_of_the_makefile(file: Path) -> None:
    commands = set(
        re.findall(r"^([\w./-]+)(?:[ \w./-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    )
    scripts = [step["run"] for step in steps(file) if "run" in step]
    used = re.findall(r"^\s*(?:- )?make ([\w./-]+)", "\n".join(scripts), re.M)
    assert set(used) <= commands
    assert used or ".ci/run" in str(scripts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_has_few_permissions_and_puts_no_expression_into_a_script(file: Path) -> None:
    """An expression is pasted into a script before any quoting; it belongs in the environment."""
    assert workflow(file)["permissions"] == {"contents": "read"}
    for step in steps(file):
        assert "${{" not in step.get("run", "")


DRIFT = ROOT / ".github" / "workflows" / "drift.yml"


def test_only_the_step_that_asks_gets_the_keys() -> None:
    holding = [step for step in steps(DRIFT) if "secrets." in str(step)]
    assert [step.get("id") for step in holding] == ["drift"]
    keys = {name: value for name, value in holding[0]["env"].items() if "secrets." in str(value)}
    assert keys == {name: f"${{{{ secrets.{name} }}}}" for name in keys}
    assert {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"} <= set(keys)
    others = {permission for job in workflow(DRIFT)["jobs"].values() for permission in job["permissions"]}
    assert others == {"contents", "issues"}


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
class TestItsScripts:
    """The two scripts of the drift workflow, each in a folder of its own."""

    ask, report = (step for step in steps(DRIFT) if "\n" in step.get("run", ""))

    def run(self, folder: Path, script: str, fake: str, **environment: str) -> int:
        tools = folder / "tools"
        tools.mkdir()
        for name in ("make", "gh"):
            (tools / name).write_text(f"#!{BASH}\n{fake}\n", "utf-8")
            (tools / name).chmod(0o755)
        search = f"{tools}{os.pathsep}{os.environ['PATH']}"
        environment |= {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output", "PATH": search}
        # As GitHub runs a script.
        command = [str(BASH), "--noprofile", "--norc", "-e", "-c", script]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode

    @pytest.mark.parametrize(
        ("fake", "status", "report"),
        [
            ('[ "$1" = drift ] && echo "# Drift: none" > "$MARKDOWN"', "0", "# Drift: none\n"),
            ('echo "# Drift: much" > "$MARKDOWN"; exit 2', "2", "# Drift: much\n"),
            ("exit 2", "2", "# Drift: it could not be looked for; see the log\n"),
        ],
    )
    def test_the_report_is_in_the_summary(self, tmp_path: Path, fake: str, status: str, report: str) -> None:
        assert self.run(tmp_path, self.ask["run"], fake, MARKDOWN="drift.md", TARGET="litellm@*") == 0
        assert (tmp_path / "summary").read_text("utf-8") == report
        assert (tmp_path / "output").read_text("utf-8") == f"status={status}\n"

    @pytest.mark.parametrize("words", ["'; touch it '", "$(touch it)", "a b"])
    def test_a_target_is_never_run_as_a_command(self, tmp_path: Path, words: str) -> None:
        assert self.run(tmp_path, self.ask["run"], "touch asked", MARKDOWN="drift.md", TARGET=words) == 2
        assert not (tmp_path / "asked").exists()

    @pytest.mark.parametrize(("number", "verb"), [("", "issue create"), ("7", "issue edit 7")])
    def test_one_issue_is_opened_and_later_updated(self, tmp_path: Path, number: str, verb: str) -> None:
        """A report that is too long for an issue is cut."""
        (tmp_path / "drift.md").write_text("# Drift\n" + "x" * 70000, "utf-8")
        gh = f'[ "$2" = list ] && echo "{number}" || echo "$@" >> filed'
        assert self.run(tmp_path, self.report["run"], gh, RUN="https://run", GITHUB_REPOSITORY="o/r") == 0
        [filed] = (tmp_path / "filed").read_text("utf-8").splitlines()
        assert filed.startswith(verb)
        assert filed.endswith("--body-file issue.md")
        body = (tmp_path / "issue.md").read_text("utf-8")
        assert body.startswith("# Drift\n")
        assert body.endswith("From https://run\n")
        assert len(body) < 65536

    def test_without_drift_there_is_no_issue(self) -> None:
        assert self.report["if"] == "steps.drift.outputs.status != '0'"
