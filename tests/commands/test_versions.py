"""Two runs compared: what got worse, what got better, and which requests changed.

Runs of a scratch project with two versions of a backend: an environment holds one version of a real SDK.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.cli import main
from conformance.commands.compare.difference import difference
from conformance.commands.compare.requests import changes
from conformance.report.file import read
from conformance.report.results import Outcome, Report, Result
from conformance.report.schema import schema
from tests.commands.two_versions import project_in
from tests.support.project import LABEL, needs_engine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of two versions, ``old.jsonl`` and ``new.jsonl``."""
    folder = tmp_path_factory.mktemp("versions")
    for name, factory in (("old", "tests.support.project_backend:PlainLLM"), ("new", "newer:NewerLLM")):
        project = project_in(folder / name, factory)
        run = project.pytest("-k", "not plays_back and not has_another_key")
        assert len(run.results) == 11, run.output
        shutil.copy(project.folder / "results.jsonl", folder / f"{name}.jsonl")
    return folder


@pytest.fixture(scope="module")
def old(folder: Path) -> Report:
    return read(folder / "old.jsonl")


@pytest.fixture(scope="module")
def new(folder: Path) -> Report:
    return read(folder / "new.jsonl")


CHANGE = "POST /v1/chat/completions: $.store: was nothing, is false"


def test_a_changed_request_makes_nothing_worse(old: Report, new: Report) -> None:
    found = difference(old, new)
    accepts = 'was "tests.support.project_backend:PlainLLM", is "newer:NewerLLM"'
    assert [str(each) for each in found.changed] == [
        f"{LABEL} runs/takes_both and 2 more: {CHANGE}",
        f"{LABEL} runs/warms_up: GET /v1/models: is sent for the first time",
        f"{LABEL} runs/accepts_another_form: GET /: header accept: {accepts}",
    ]
    assert [pair[1].id for pair in found.worse] == ["runs/takes_the_older", "runs/closes"]


def test_a_missing_request_is_a_change_too(old: Report, new: Report) -> None:
    changed = [str(each.example) for each in difference(new, old).changed]
    assert "GET /v1/models: is no longer sent" in changed


@pytest.mark.parametrize("scenario", ["says_who_it_is", "asks_for_a_token"])
def test_the_name_of_a_client_and_the_time_are_not_compared(old: Report, new: Report, scenario: str) -> None:
    pairs = [(one, other) for one in old for other in new if one.scenario == other.scenario == scenario]
    assert [changes(*pair) for pair in pairs] == [[]]


def test_a_transcript_that_left_requests_out_is_not_compared(old: Report, new: Report) -> None:
    [many] = [each for each in new if each.id == "runs/asks_many"]
    assert many.transcript is not None
    assert many.transcript["left_out"] == 2
    assert many.title not in difference(old, new).requests


def test_diff_shows_a_changed_request_beside_the_failure(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script that refuses an unknown request fails the scenario, and the changed request is the reason."""
    assert main(["diff", str(folder / "old.jsonl"), str(folder / "new.jsonl")]) == 1
    lines = capsys.readouterr().out.splitlines()
    [worse] = [index for index, line in enumerate(lines) if line.startswith(f"worse: {LABEL} runs/takes_the")]
    assert lines[worse + 1] == f"    changed request: {CHANGE}"
    assert f"changed: {LABEL} runs/takes_both and 2 more: {CHANGE}" in lines
    assert lines[-1] == "2 worse, 1 better, 0 new, 0 gone, 5 with changed requests"


@pytest.fixture
def versions(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit status, what the terminal shows, and the file."""
    files = [str(folder / name) for name in ("old.jsonl", "new.jsonl")]
    status = main(["versions", "--of", "openai", *files, "-o", str(folder / "summary.md")])
    return status, capsys.readouterr().out, (folder / "summary.md").read_text("utf-8")


def test_a_row_counts_outcomes_and_changes_of_a_version(versions: tuple[int, str, str]) -> None:
    """Passed, known gaps, failed, newly failing, mended, requests changed; a closed gap counts as mended."""
    status, shown, summary = versions
    rows = [line.split()[2:] for line in shown.splitlines() if line.strip().startswith("openai ")][:2]
    assert rows == [["9", "1", "1", "0", "0", "0", "locked"], ["10", "0", "1", "1", "2", "5"]]
    assert " | 10 | 0 | 1 | 1 | 2 | 5 |  |" in summary
    assert status == 1, "what the project admits breaks something"


def test_broken_scenarios_are_listed_by_reason(versions: tuple[int, str, str]) -> None:
    _, shown, summary = versions
    listed = summary.replace("\\", "")  # names are escaped for Markdown
    for text in (shown, listed):
        assert f"breaks runs/takes_the_older ({LABEL}): failed: " in text
        assert f"its request changed too: {CHANGE}" in text
    assert f"- mends {LABEL} runs/closes\n" in listed
    assert f"- mends {LABEL} runs/takes_the_newer\n" in listed
    assert f"- changes 3 of {LABEL}, first runs/takes_both: {CHANGE}\n" in listed


def test_a_version_that_is_not_admitted_fails_nothing(folder: Path) -> None:
    files = [str(folder / name) for name in ("old.jsonl", "new.jsonl")]
    output = folder / "beyond.md"
    assert main(["versions", "--of", "openai", *files, "--beyond", files[1], "-o", str(output)]) == 0
    assert "not admitted by pyproject.toml" in output.read_text("utf-8")


def test_an_incomplete_run_is_reported_as_incomplete(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = folder / "broken.jsonl"
    broken.write_bytes(b"".join((folder / "old.jsonl").read_bytes().splitlines(keepends=True)[:-1]))
    files = [str(folder / "old.jsonl"), str(broken)]
    assert main(["versions", "--of", "openai", *files, "-o", str(folder / "broken.md")]) == 2
    assert "incomplete: the run was interrupted" in capsys.readouterr().out


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Report]:
    """Two runs of one version on the engine."""
    project = project_in(
        tmp_path_factory.mktemp("live") / "project", "tests.support.project_backend:PlainLLM"
    )
    runs = []
    for _ in range(2):
        project.pytest("--live", "-k", "plays_back or has_another_key")
        file = project.folder / "results.jsonl"
        for line in file.read_text("utf-8").splitlines():
            jsonschema.validate(json.loads(line), schema())
        runs.append(read(file))
    return runs[0], runs[1]


@needs_engine
def test_ids_that_a_real_server_makes_up_are_not_compared(live: tuple[Report, Report]) -> None:
    played = [each for report in live for each in report if each.id == "runs/plays_back"]
    assert [each.outcome for each in played] == [Outcome.PASSED] * 2
    first, second = ([request["body"] for request in requests(each)] for each in played)
    assert len(first) == 2
    assert first != second, "another id each time"
    assert difference(*live).requests == {}


@needs_engine
def test_requests_to_a_live_server_are_kept_without_the_key(live: tuple[Report, Report]) -> None:
    keys = {each.scenario: requests(each)[0]["headers"]["authorization"] for each in live[0]}
    assert keys == {"plays_back": "Bearer <API_KEY>", "has_another_key": "Bearer <UNKNOWN_KEY>"}
    [played] = [each for each in live[0] if each.id == "runs/plays_back"]
    assert [each["answer"]["status"] for each in exchanges(played)] == [200, 200]


def exchanges(result: Result) -> list[dict[str, Any]]:
    """The exchanges in the transcript of ``result``."""
    assert result.transcript is not None
    return list(result.transcript["exchanges"])


def requests(result: Result) -> list[dict[str, Any]]:
    """The requests in the transcript of ``result``."""
    return [each["request"] for each in exchanges(result)]
