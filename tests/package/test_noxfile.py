"""The versions that ``make sdk-matrix`` asks, and its messages where it cannot install them.

Unit tests of a table, and runs of nox without a network: a session needs a registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox
import pytest
from packaging.requirements import Requirement

import noxfile
from noxfile import LOCKED, NEWEST, ROOT, ROWS, STRANGERS, Row, barred, declared
from tests.support.project import PATIENCE

MALICIOUS = ("1.82.7", "1.82.8")
"""The releases of litellm that stole credentials."""

VERSIONS = [row for row in ROWS if row.version != NEWEST]


@pytest.mark.parametrize("row", VERSIONS, ids=[row.name for row in VERSIONS])
def test_a_row_is_marked_beyond_exactly_where_the_project_does_not_admit_it(row: Row) -> None:
    assert declared()[row.sdk].specifier.contains(row.version) is not row.beyond


@pytest.mark.parametrize("sdk", ["litellm", "openai"])
def test_each_sdk_has_rows_for_its_locked_version_and_its_lower_bound(sdk: str) -> None:
    rows = [row for row in ROWS if row.sdk == sdk]
    assert rows[0] == Row(sdk, LOCKED[sdk])
    [bound] = [each.version for each in declared()[sdk].specifier if each.operator == ">="]
    admitted = [row.version for row in rows if not row.beyond]
    assert min(admitted, key=_order).startswith(bound)
    assert Row(sdk, NEWEST, beyond=True) in rows, "what a newer one would break is shown"


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


@pytest.mark.parametrize("version", MALICIOUS)
def test_a_malicious_release_is_in_no_row_and_is_barred(version: str) -> None:
    assert ("litellm", version) not in [(row.sdk, row.version) for row in ROWS]
    assert not Requirement(str(STRANGERS["litellm"])).specifier.contains(version)
    assert barred({"litellm": version, "openai": LOCKED["openai"]}) == [f"litellm=={version}"]


def test_no_locked_version_is_barred() -> None:
    assert barred(LOCKED) == []


class Resolving:
    """Stands in for a session: uv would have to find the release in a registry to resolve to it."""

    name = "sdks(bad)"

    def __init__(self, resolved: str) -> None:
        self.resolved = resolved
        self.commands: list[str] = []

    def run_install(self, *arguments: str, **_: object) -> None:
        """Note the command; write what ``uv pip compile`` would resolve to."""
        self.commands.append(arguments[2])
        if arguments[2] == "compile":
            Path(arguments[-1]).write_text(self.resolved, "utf-8")

    def error(self, words: str) -> None:
        """End the session, as nox does."""
        raise AssertionError(words)


@pytest.mark.parametrize("version", MALICIOUS)
def test_a_malicious_release_is_never_installed(version: str, tmp_path: Path) -> None:
    session = Resolving(f"anyio==4.1\nlitellm=={version}\n")
    with pytest.raises(AssertionError, match=f"litellm=={version} must never be installed"):
        noxfile.install(session, tmp_path, "pyproject.toml")  # type: ignore[arg-type]
    assert session.commands == ["compile"]


def test_every_example_has_a_session() -> None:
    folders = {path.parent.name for path in ROOT.glob("examples/*/pyproject.toml")}
    assert {folder.name for folder in noxfile.FOLDERS} == folders


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the files that nox reads, for a session writes beside them."""
    (tmp_path / "requirements").mkdir()
    for name in ("noxfile.py", "pyproject.toml", "requirements/dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run_nox(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "NOX"))}
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=folder,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def test_without_a_network_the_message_says_what_failed_and_what_to_do(copy: Path) -> None:
    session = f"sdks({ROWS[0].name})"
    run = run_nox(copy, "-s", session, UV_OFFLINE="1", UV_CACHE_DIR=str(copy / "cache"))
    assert run.returncode == 1, run.stdout
    assert f"{session} did not run: its packages could not be installed into {copy / '.nox'}" in run.stdout
    assert "set UV_CACHE_DIR" in run.stdout
    assert "conformance/scenarios" not in run.stdout, "nothing runs in half an environment"


def test_without_the_results_of_the_locked_version_there_is_no_table(copy: Path) -> None:
    results = copy / "sdk-matrix" / ROWS[1].name / "results.jsonl"
    results.parent.mkdir(parents=True)
    results.touch()
    run = run_nox(copy, "-s", "versions")
    assert run.returncode == 1, run.stdout
    assert f"the others are compared with {ROWS[0].name}, which has no results" in run.stdout
    assert f"nox -s 'sdks({ROWS[0].name})'" in run.stdout


def test_without_any_results_there_is_no_table(copy: Path) -> None:
    run = run_nox(copy, "-s", "versions")
    assert run.returncode == 1, run.stdout
    assert "no version has results" in run.stdout


def test_nothing_runs_unless_it_is_named() -> None:
    assert nox.options.sessions == []
