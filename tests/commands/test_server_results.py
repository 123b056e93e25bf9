"""What ``conformance server`` writes: results as the suite's own, for one page and without the key.

No recording tests: the servers are scripts, right ones and wrong ones.
"""

from __future__ import annotations

import base64
import json
import shlex
from pathlib import Path

import jsonschema
import pytest
from typing_extensions import override

from conformance.cli import main
from conformance.report.file import read
from conformance.report.results import Outcome, Result
from conformance.report.schema import schema
from conformance.servers.scripted import Request
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from tests.judging.command import NAME, run
from tests.judging.right_server import KEY, MODEL, Body, RightServer, Spoken
from tests.judging.wrong_servers import MaxTokensIsIgnored


class TellsTheKey(RightServer):
    """A server that repeats the key in every wrong answer, in plain text or otherwise."""

    def __init__(self, told: str) -> None:
        super().__init__()
        self._told = told

    @override
    def answer(self, request: Request, body: Body) -> Spoken:
        right = "France" in request.body.decode()
        return super().answer(request, body) if right else Spoken(f"The key is {self._told}.")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (KEY, "The key is <API_KEY>."),
        (base64.b64encode(KEY.encode()).decode(), "not shown, because it contains the value of --key-env"),
    ],
    ids=["plain", "base64"],
)
def test_the_key_is_neither_shown_nor_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, told: str, words: str
) -> None:
    file = tmp_path / "results.jsonl"
    found = run(capsys, TellsTheKey(told), "--results", str(file))
    assert found.status == 1
    # Lines are wrapped in the middle of words.
    for text in ("".join(found.output.split()), "".join(file.read_text("utf-8").split())):
        assert "".join(words.split()) in text
        assert KEY not in text
        assert told not in text


@pytest.fixture
def results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "wrong.jsonl"
    run(capsys, MaxTokensIsIgnored(), "--results", str(file))
    return file


def found(file: Path, id_: str) -> Result:
    [result] = [each for each in read(file) if each.id == id_]
    return result


def test_the_results_are_those_of_the_suite(results: Path) -> None:
    for line in results.read_text("utf-8").splitlines():
        jsonschema.Draft202012Validator(schema()).validate(json.loads(line))
    report = read(results)
    assert report.doubts == []
    assert report.footer is not None
    assert report.footer["exit_status"] == 1
    broken = found(results, "limits/max_tokens_cuts_an_answer-4")
    assert (broken.outcome, broken.reason) == (Outcome.FAILED, "'stop', where the law demands 'length'")
    assert broken.transcript is not None
    assert broken.transcript["compared"] == {"got": "'stop'", "op": "==", "expected": "'length'"}
    [exchange] = broken.transcript["exchanges"]
    assert exchange["request"]["headers"]["authorization"] == "Bearer <API_KEY>"
    assert '"finish_reason": "stop"' in "".join(exchange["answer"]["pieces"])
    unknown = found(results, "refusals/a_bad_request_is_refused-overflow")
    assert (unknown.outcome, unknown.reason.partition(":")[0]) == (Outcome.UNMEASURED, "not asked")


def test_a_law_that_was_left_out_makes_a_partial_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "partial.jsonl"
    assert run(capsys, RightServer(), "--law", "usage", "--results", str(file)).status == 0
    assert [str(each) for each in read(file).doubts] == ["partial run: narrowed by --law usage"]


def test_a_file_that_cannot_be_written_is_one_sentence_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = run(capsys, RightServer(), "--results", str(tmp_path))
    assert (asked.status, asked.lines) == (2, [f"[Errno 21] Is a directory: '{tmp_path}'"])


def test_two_servers_stand_side_by_side(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, both = tmp_path / "right.jsonl", tmp_path / "both.jsonl"
    run(capsys, RightServer(), "--results", str(right))
    assert main(["combine", str(right), str(results), "-o", str(both)]) == 1
    assert main(["report", "--results", str(both), "-o", str(tmp_path / "page")]) == 0
    report = read(both)
    first, second = report.columns()
    assert first != second
    assert {each["command"].split()[4] for each in report.header["backends"]} == {
        f"http://{label.removeprefix('tiny@')}" for label in (first, second)
    }
    output = capsys.readouterr().out
    again = "    again    python -m conformance server "
    line = next(line for line in output.splitlines() if line.startswith(again))
    assert shlex.split(line.removeprefix(again)) == [
        f"http://{second.removeprefix('tiny@')}",
        *("--model", MODEL, "--key-env", NAME, "--law", "limits/max_tokens_cuts_an_answer-1"),
    ]


def test_anthropic_s_messages_can_be_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, wire = tmp_path / "messages.jsonl", dialect("anthropic")
    law = "answers/the_whole_answer_is_right-memory"
    handler = wire.with_other_paths(dialogue_handler(wire))
    asked = run(capsys, handler, "--api", "messages", "--law", law, "--results", str(file))
    assert asked.status == 0
    [backend] = read(file).header["backends"]
    assert (backend["dialect"], backend["target"].partition("/")[2]) == ("anthropic", "messages")
    assert found(file, law).outcome is Outcome.PASSED
