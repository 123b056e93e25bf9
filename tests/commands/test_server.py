"""``conformance server``: what it shows of a server, and its exit status.

No recording tests: the servers are scripts, right ones and wrong ones.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

import pytest
from typing_extensions import override

from conformance.cli import main
from conformance.judging.laws.by_api import LAWS
from conformance.servers.scripted import Request, Script, ScriptedServer, always
from conformance.servers.scripted.dialects import ErrorKind
from conformance.spec.dialogue import Turn
from conformance.spec.dialogue.text import CAPITAL
from tests.judging.command import NAME, run
from tests.judging.right_server import KEY, MODEL, WIRE, Body, RightServer
from tests.judging.wrong_forms import CreatedInMilliseconds
from tests.judging.wrong_servers import MaxTokensIsIgnored, OneAnswerToEverything

COUNT = len(LAWS["chat"])


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, KEY)


def again(lines: Sequence[str]) -> list[str]:
    return [line.strip().removeprefix("again").strip() for line in lines if line.startswith("  again")]


def test_a_right_server_gets_the_exit_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    right = run(capsys, RightServer(), "--context", "2048", "--declare", "tools", "--declare", "json_schema")
    assert right.status == 0
    assert right.lines[-1].startswith("tiny at 127.0.0.1:")
    assert right.lines[-1].endswith(f"{COUNT} of {COUNT} laws held (100%)")
    tools = sum(law.capability == "tools" for law in LAWS["chat"])
    assert f"tools            {tools}/{tools}  declared" in right.lines
    assert max(map(len, right.lines)) <= 80


def test_the_silly_server_gets_next_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silly = run(capsys, OneAnswerToEverything(), "--context", "2048")
    assert silly.status == 1
    assert f": 0 of {COUNT} laws held (0%), " in " ".join(silly.lines[-2:])


def test_a_broken_law_is_shown_with_all_that_its_author_needs(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = run(capsys, MaxTokensIsIgnored(), "--law", "limits")
    title = "broken: limits/max_tokens_cuts_an_answer-1, and 5 more like it: 4, 9,"
    start = wrong.lines.index(title)
    assert wrong.lines[start + 1].startswith("    limits/max_tokens_cuts_a_stream-1, ")
    start = next(n for n, line in enumerate(wrong.lines) if line.startswith("  law")) - 1
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


def test_a_server_that_is_busy_from_the_start_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    busy = run(capsys, always(WIRE.error("overloaded").reply()))
    assert busy.status == 2
    assert busy.lines[0].endswith("/v1: the server was busy: status 503")


def test_an_address_that_leads_nowhere_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(RightServer()) as server:
        assert main(["server", f"{server.url}/v2", "--model", MODEL, "--key-env", NAME]) == 2
    assert "check the address and the model: 404 application/json" in capsys.readouterr().out


def test_a_model_that_thinks_is_asked_with_its_own_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    class Fixed(RightServer):
        @override
        def __call__(self, request: Request) -> Script:
            if b'"temperature": 0' in request.body:
                return WIRE.error("bad_request", "Unsupported value: 'temperature'.").reply()
            if b'"max_tokens": ' in request.body and b'"max_tokens": -5' not in request.body:
                return WIRE.error(
                    "bad_request", "Use 'max_completion_tokens' instead of 'max_tokens'."
                ).reply()
            return super().__call__(request)

    assert run(capsys, Fixed(), "--law", "limits").status == 0
