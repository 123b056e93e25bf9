"""Two runs compared: what got worse, what got better, and which requests changed.

Runs of a scratch project with two versions of a backend: an environment holds one version of a real SDK.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.cli import main
from conformance.commands.compare.difference import difference
from conformance.commands.compare.requests import changes
from conformance.report.file import read, schema
from conformance.report.results import Outcome, Report, Result
from tests.support.project import LABEL, Project

NEWER = """
from tests.support.project_backend import PlainLLM

class NewerLLM(PlainLLM):
    def _post(self, messages, **rest):
        return super()._post(messages, store=False, **rest)

    def warm(self):
        self._client.get("/v1/models")
"""

SCENARIOS = """
import time

import httpx

from conformance.spec import laws
from conformance.spec.dialogue import text
from conformance.spec.dialogue import tools
from conformance.servers.scripted import reply

def ask(serve, build, dialect, takes):
    def handler(request):
        if takes("store" in request.json()):
            return dialect.script(request, text.GREETING.answer)
        return reply({"error": {"message": "this is no request of mine"}}, 400)

    llm = build(serve(handler).url)
    laws.is_the_answer(llm.invoke(text.GREETING.messages), text.GREETING.answer)
    return llm

def test_takes_both(serve, build, dialect):
    ask(serve, build, dialect, lambda newer: True)

def test_takes_both_too(serve, build, dialect):
    ask(serve, build, dialect, lambda newer: True)

def test_takes_the_older(serve, build, dialect):
    ask(serve, build, dialect, lambda newer: not newer)

def test_takes_the_newer(serve, build, dialect):
    ask(serve, build, dialect, lambda newer: newer)

def test_closes(serve, build, dialect):
    ask(serve, build, dialect, lambda newer: newer)

def test_asks_nothing(target):
    pass

def test_warms_up(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    if hasattr(llm, "warm"):
        llm.warm()

def test_says_who_it_is(target, serve, dialect):
    server = serve(dialect.answering(text.GREETING.answer))
    httpx.get(server.url, headers={"user-agent": target.factory, "x-stainless-lang": target.factory})

def test_accepts_another_form(target, serve, dialect):
    httpx.get(serve(dialect.answering(text.GREETING.answer)).url, headers={"accept": target.factory})

def test_asks_for_a_token(target, serve, dialect):
    server = serve(dialect.answering(text.GREETING.answer))
    httpx.post(f"{server.url}/token", data={"grant_type": "jwt-bearer", "assertion": f"{time.time()}"})

def test_asks_many(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    for _ in range(10):
        llm.invoke(text.GREETING.messages)

def test_has_another_key(stage, build):
    assert build(stage.url, key="sk-of-somebody-else-0123456789").invoke(text.GREETING.messages).is_error

def test_plays_back(interview):
    response = interview.invoke(tools.ONE_CALL)
    [call] = response.tool_calls
    result = {"role": "tool", "tool_call_id": call["id"], "content": tools.SUNNY}
    history = [tools.DEGREES, *tools.ONE_CALL.messages, response.as_message(), result]
    laws.answers_turn(interview.llm.invoke(history, tools=list(tools.ONE_CALL.tools)), tools.RESULT)
"""

GAP = """
[tool.conformance.backends.openai.targets.engine.gaps]
"runs/closes" = "it does not yet, https://example.org/issues/1"
"""


def project_in(folder: Path, factory: str) -> Project:
    folder.mkdir()
    project = Project(folder, factory)
    project.append("pyproject.toml", GAP)
    project.write("newer.py", NEWER)
    project.write("test_runs.py", SCENARIOS)
    return project


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
    assert "GET /v1/models: is not sent any more" in changed


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
    [worse] = [place for place, line in enumerate(lines) if line.startswith(f"worse: {LABEL} runs/takes_the")]
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
    for text in (shown, summary.replace("\\", "")):
        assert f"breaks runs/takes_the_older ({LABEL}): failed: " in text
        assert f"its request changed too: {CHANGE}" in text
    assert f"- mends `{LABEL} runs/closes`" in summary
    assert f"- mends `{LABEL} runs/takes_the_newer`" in summary
    assert f"- changes 3 of {LABEL}, first `runs/takes_both`: {CHANGE}" in summary


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


needs_engine = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)


@needs_engine
def test_ids_that_a_real_server_makes_up_are_not_compared(tmp_path: Path) -> None:
    project = project_in(tmp_path / "live", "tests.support.project_backend:PlainLLM")
    first, second = (Report(results=project.pytest("--live", "-k", "plays_back").results) for _ in range(2))
    said = [[each["body"] for each in requests(report.results[0])] for report in (first, second)]
    assert [report.results[0].outcome for report in (first, second)] == [Outcome.PASSED] * 2
    assert len(said[0]) == 2
    assert said[0] != said[1], "another id each time"
    assert difference(first, second).requests == {}


@needs_engine
def test_requests_to_a_live_server_are_kept_without_the_key(tmp_path: Path) -> None:
    project = project_in(tmp_path / "live", "tests.support.project_backend:PlainLLM")
    run = project.pytest("--live", "-k", "plays_back or has_another_key")
    keys = {each.scenario: requests(each)[0]["headers"]["authorization"] for each in run.results}
    assert keys == {"plays_back": "Bearer <API_KEY>", "has_another_key": "Bearer <UNKNOWN_KEY>"}
    answers = [each["answer"]["status"] for each in exchanges(run.result("runs/plays_back"))]
    assert answers == [200, 200]
    lines = (project.folder / "results.jsonl").read_text("utf-8").splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), schema())


def exchanges(result: Result) -> list[dict[str, Any]]:
    """The exchanges in the transcript of ``result``."""
    assert result.transcript is not None
    return list(result.transcript["exchanges"])


def requests(result: Result) -> list[dict[str, Any]]:
    """The requests in the transcript of ``result``."""
    return [each["request"] for each in exchanges(result)]
