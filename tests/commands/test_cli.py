"""The command line as a whole.

Unit test: it is about what is imported before pytest runs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import conformance
from conformance.cli import main
from conformance.runner import ASSERTING
from tests.support.project import LABEL, Project


def test_the_command_line_leaves_the_laws_for_pytest_to_rewrite() -> None:
    """Otherwise a failed law says `AssertionError` and nothing more."""
    script = f"import sys, conformance.cli; print({set(ASSERTING)!r} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, encoding="utf-8")
    assert run.stdout.strip() == "set()"


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"conformance {conformance.__version__}\n"


@pytest.mark.parametrize(
    ("what", "row"),
    [
        ("targets", f"{LABEL} tiny openai recording all"),
        ("groups", "lifecycle"),
        ("scenarios", "waits/every_event_has_the_whole_timeout targets with all scenarios"),
    ],
)
def test_what_there_is_can_be_listed(tmp_path: Path, what: str, row: str) -> None:
    run = Project(tmp_path).command("list", what)
    assert run.status == 0, run.output
    assert any(" ".join(line.split()).startswith(row) for line in run.output.splitlines()), run.output


def test_a_folder_without_a_project_is_told_what_to_do(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "pyproject.toml").unlink()
    run = project.command("list", "targets")
    assert run.status == 2
    assert run.output.startswith(f"{tmp_path} has no readable pyproject.toml (No such file or directory)")
    assert "`conformance check PKG:CLASS`" in run.output


@pytest.mark.parametrize(
    ("option", "status", "message"),
    [
        (("--target", "nosuch"), 4, f"--target: 'nosuch' matches none of {LABEL}"),
        (
            ("--scenario", "no/such"),
            5,
            "'no/such' matches nothing that was collected: conformance list scenarios",
        ),
        (
            ("--scenario", "invok/nothin"),
            5,
            "'invok/nothin' matches nothing that was collected (did you mean invoke/nothing?): ",
        ),
        (
            ("--scenario", "oth"),
            5,
            "'oth' matches nothing that was collected (did you mean invoke/nothing?): ",
        ),
        (
            ("--scenario", "invok/nothin", "-n", "1"),
            5,
            "'invok/nothin' matches nothing that was collected (did you mean invoke/nothing?): ",
        ),
        (
            ("--scenario", "invoke/nothing", "--scenario", "strem/text"),
            1,
            "--scenario strem/text: matches nothing that was collected",
        ),
        (("--target", f"{LABEL},nosuch"), 4, "--target: 'nosuch' matches none of"),
        (("--results", "/proc/results.jsonl"), 4, "--results: [Errno 2] No such file or directory"),
    ],
    ids=["target", "scenario", "near", "part", "near-worker", "one-scenario", "one-target", "results"],
)
def test_a_wrong_option_is_told_in_a_sentence(
    tmp_path: Path, option: tuple[str, ...], status: int, message: str
) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", "def test_nothing(target): pass")
    run = project.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *option)
    assert (run.status, message in run.output, "Traceback" in run.output) == (status, True, False), run.output


def test_who_closes_the_output_ends_the_command_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m conformance list scenarios"
    closed = f"exec 3>&1; {{ {command}; echo $? >&3; }} | true"
    environment = Project(tmp_path).environment(PYTHONUNBUFFERED="1")
    run = subprocess.run(
        ["sh", "-c", closed], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert (run.stdout, run.stderr) == ("141\n", "")
