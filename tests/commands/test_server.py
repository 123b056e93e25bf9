"""``conformance server``: what it shows of a server, what it writes, and its exit status.

No recording tests: the servers are scripts, right ones and wrong ones.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from typing_extensions import override

from conformance.cli import main
from conformance.judging.laws.by_api import LAWS
from conformance.report.file import read, schema
from conformance.report.results import Outcome, Result
from conformance.servers.scripted import Handler, Request, Script, ScriptedServer
from conformance.servers.scripted.dialects import ErrorKind, dialect
from conformance.servers.scripted.dialogue_script import dialogue_handler
from conformance.spec.dialogue import Turn
from conformance.spec.dialogue.text import CAPITAL
from tests.judging.right_server import KEY, MODEL, WIRE, Body, RightServer, Spoken
from tests.judging.wrong_servers import CreatedInMilliseconds, MaxTokensIsIgnored, OneAnswerToEverything

NAME = "RIGHT_SERVER_KEY"

COUNT = len(LAWS["chat"])


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, KEY)


@dataclass(frozen=True)
class Run:
    """What a run of the command said, and its exit status."""

    status: int
    output: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


def run(capsys: pytest.CaptureFixture[str], handler: Handler, *arguments: str) -> Run:
    with ScriptedServer(handler) as server:
        status = main(["server", server.url, "--model", MODEL, "--key-env", NAME, *arguments])
    return Run(status, capsys.readouterr().out)


def again(lines: Sequence[str]) -> list[str]:
    return [line.strip().removeprefix("again").strip() for line in lines if line.startswith("  again")]


def test_a_right_server_gets_the_exit_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    right = run(capsys, RightServer(), "--context", "2048", "--declare", "tools", "--declare", "json_schema")
    assert right.status == 0
    assert right.lines[-1].startswith("tiny at 127.0.0.1:")
    assert right.lines[-1].endswith(f"{COUNT} of {COUNT} laws held (100%)")
    assert "tools            31/31  declared" in right.lines
    assert max(map(len, right.lines)) <= 80


def test_the_silly_server_gets_next_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silly = run(capsys, OneAnswerToEverything(), "--context", "2048")
    assert silly.status == 1
    assert f": 0 of {COUNT} laws held (0%), " in " ".join(silly.lines[-2:])


def test_a_broken_law_is_shown_with_all_that_its_author_needs(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = run(capsys, MaxTokensIsIgnored(), "--law", "limits")
    start = wrong.lines.index("broken: limits/max_tokens_cuts_an_answer-1, and 2 more like it: 4, 9")
    block = wrong.lines[start : wrong.lines.index("", start)]
    assert block[1:5] == [
        "  law       An answer has at most `max_tokens` tokens, and its finish reason",
        "            says that it was cut.",
        "  got       'stop'",
        "  expected  'length'",
    ]
    assert block[5].startswith('  answer    200 application/json {"id": "chatcmpl-')
    assert max(map(len, block[:-1])) <= 80


def test_the_command_of_a_broken_law_asks_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = CreatedInMilliseconds()
    with ScriptedServer(wrong) as server:
        main(
            ["server", server.url, "--model", MODEL, "--key-env", NAME, "--law", "an_answer_was_created_now"]
        )
        [line] = again(capsys.readouterr().out.splitlines())
        assert KEY not in line
        curl = subprocess.run(
            ["sh", "-c", line], env=dict(os.environ), capture_output=True, check=True, text=True
        )
        asked, repeated = server.requests[-2:]
    assert curl.stdout.startswith("HTTP/1.1 200")
    assert repeated.json() == asked.json()
    assert repeated.headers["authorization"] == f"Bearer {KEY}"


def test_a_request_that_is_too_long_for_a_command_names_its_law(capsys: pytest.CaptureFixture[str]) -> None:
    class Lenient(RightServer):
        @override
        def refused(self, request: Request) -> ErrorKind | None:
            return None

        @override
        def turn(self, request: Request, body: Body) -> Turn:
            return CAPITAL

    lenient = run(capsys, Lenient(), "--context", "2048", "--law", "a_bad_request_is_refused-overflow")
    assert again(lenient.lines) == ["--law refusals/a_bad_request_is_refused-overflow (too long for curl)"]


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
    line = next(line for line in output.splitlines() if line.startswith("    python -m conformance server"))
    assert shlex.split(line)[4:] == [
        f"http://{second.removeprefix('tiny@')}",
        *("--model", MODEL, "--key-env", NAME, "--law", "limits/max_tokens_cuts_an_answer-1"),
    ]


def test_a_server_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(RightServer()) as server:
        url = server.url
    assert main(["server", url, "--model", MODEL]) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{url}/v1/chat/completions does not answer: ConnectError")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--key-env", "NOT_SET_ANYWHERE"], "the variable that --key-env names is not set"),
        ([], "it demands a key: name its variable with --key-env: 401 application/json"),
        (
            ["--key-env", NAME, "--law", "nothing"],
            "no law is called 'nothing'; the groups are answer, stream,",
        ),
    ],
)
def test_what_is_missing_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with ScriptedServer(RightServer()) as server:
        assert main(["server", server.url, "--model", MODEL, *arguments]) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert words in line


def test_an_address_that_leads_nowhere_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(RightServer()) as server:
        assert main(["server", f"{server.url}/v2", "--model", MODEL, "--key-env", NAME]) == 2
    assert "check the address and the model: 404 application/json" in capsys.readouterr().out


def test_a_model_that_refuses_a_temperature_is_asked_without(capsys: pytest.CaptureFixture[str]) -> None:
    class Fixed(RightServer):
        @override
        def __call__(self, request: Request) -> Script:
            if b'"temperature": 0' in request.body:
                return WIRE.error("bad_request", "Unsupported value: 'temperature'.").reply()
            return super().__call__(request)

    assert run(capsys, Fixed(), "--law", "answers").status == 0


def test_anthropic_s_messages_can_be_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, wire = tmp_path / "messages.jsonl", dialect("anthropic")
    law = "answers/the_whole_answer_is_right-memory"
    handler = wire.with_other_paths(dialogue_handler(wire))
    asked = run(capsys, handler, "--api", "messages", "--law", law, "--results", str(file))
    assert asked.status == 0
    [backend] = read(file).header["backends"]
    assert (backend["dialect"], backend["target"].partition("/")[2]) == ("anthropic", "messages")
    assert found(file, law).outcome is Outcome.PASSED
