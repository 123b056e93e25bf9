"""``conformance check mypkg:MyLLM``: the first steps one by one, and then the suite.

No recording tests: they are about a backend that nobody has declared.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.commands.smoke import main as smoke
from conformance.report.file import read
from conformance.report.names import PAGE, RESULTS
from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text
from tests.support.checking import Folder

SMOKE = ["import", "build", "load", "invoke", "stream", "unload"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def steps(output: str) -> list[str]:
    """The steps that were shown before the suite ran."""
    lines = output.partition("=====")[0].splitlines()
    return [word for line in lines if (word := line.partition(" ")[0]) in SMOKE]


def test_a_good_backend_passes_the_first_steps_and_is_asked_the_suite(folder: Folder) -> None:
    run = folder.check("gateway:MyLLM", "--scenario", "invoke/memory")
    assert run.status == 0, run.output
    assert steps(run.output) == SMOKE
    assert f"invoke  {text.GREETING.answer.text!r}" in run.output
    assert "1 backend, 1 target, 1 scenario, 1 case\n1 run: 0 from recordings, 1 live" in run.output
    assert not folder.cassettes.exists()


def test_the_server_of_base_url_is_asked(folder: Folder) -> None:
    wire = dialect("openai")
    with ScriptedServer(wire.with_other_paths(wire.answering(text.GREETING.answer))) as server:
        url = f"{server.url}/v1"
        run = folder.check(
            "gateway:MyLLM", "--base-url", url, "--model", "large", "--scenario", "invoke/text"
        )
        asked = [(request.path, request.json()["model"]) for request in wire.chat_requests(server.requests)]
    assert run.status == 0, run.output
    assert asked == [("/v1/chat/completions", "large")] * 4


def test_a_server_that_needs_no_key_and_has_any_model_is_not_asked_for_them(folder: Folder) -> None:
    """Its answer to a wrong key and to an unknown model is the same as to any other."""
    wire = dialect("openai")
    with ScriptedServer(wire.with_other_paths(wire.answering(text.GREETING.answer))) as server:
        named = ("gateway:MyLLM", "--base-url", server.url, "--path", "/api/v1", "--model", "large")
        mistaken = ("--scenario", "errors/a[n_]*[yl]_is_*")
        asked = folder.check(*named, *mistaken, "--report", "asked")
        declared = folder.check(*named, *mistaken, "--no-key-needed", "--any-model")
        paths = {request.path for request in wire.chat_requests(server.requests)}
    failed = {each.id for each in read(folder.folder / "asked" / RESULTS) if each.outcome.is_failure}
    assert failed == {"errors/a_wrong_key_is_an_authentication_error", "errors/an_unknown_model_is_not_found"}
    assert (folder.folder / "asked" / PAGE).is_file()
    again = "--backend gateway:MyLLM --backend-url {} --backend-model large --backend-path /api/v1 '"
    assert again.format(server.url) in asked.output
    assert (asked.status, declared.status) == (1, 5), declared.output
    assert paths == {"/api/v1/chat/completions"}


def test_a_failure_in_the_suite_is_shown_with_its_reason_and_how_to_run_it_again(folder: Folder) -> None:
    source = (folder.folder / "gateway.py").read_text("utf-8")
    folder.write("gateway.py", source.replace("return parse_json(self._post(request).read())", CALLS_LOST))
    run = folder.check("gateway:MyLLM", "--scenario", "tools/call-one_call")
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.output
    assert steps(run.output) == SMOKE
    assert "    e.g. MyLLM@engine tools/call-one_call\n" in run.output
    assert (
        "    again    python -m pytest --pyargs --backend gateway:MyLLM "
        "'conformance.scenarios.test_tools::test_call[MyLLM@engine-one_call]'\n" in run.output
    )


CALLS_LOST = """answer = parse_json(self._post(request).read())
        answer["choices"][0]["message"].pop("tool_calls", None)
        return answer"""


@pytest.mark.parametrize(
    ("right", "wrong", "reached", "words"),
    [
        ("class MyLLM", "import nothing_such\nclass MyLLM", "import", "No module named 'nothing_such'"),
        ("class MyLLM", "raise SystemExit(0)\nclass MyLLM", "import", "SystemExit: 0"),
        ("def connect", "def __init__(self, model, tenant): ...\n    def connect", "build", "demands tenant"),
        ("def connect", "def load(self): return False\n    def connect", "load", "load() returned False"),
        ("/chat/completions", "/chat", "invoke", "an error came instead of an answer: "),
        ("return EventChunks", "raise KeyError('x')\n        return EventChunks", "stream", "error came"),
        ("(self._client.close)", "(lambda: [self._client.close(), 1 / 0])", "unload", "division"),
    ],
    ids=["import", "exit", *SMOKE[1:]],
)  # fmt: skip
def test_the_first_failing_step_ends_the_check_and_says_what_to_do(
    folder: Folder,
    right: str,
    wrong: str,
    reached: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = (folder.folder / "gateway.py").read_text("utf-8")
    assert right in source
    name = f"gateway_{reached}_{len(wrong)}"  # imported in this process, where names are used once
    folder.write(f"{name}.py", source.replace(right, wrong))
    monkeypatch.syspath_prepend(folder.folder)
    assert smoke([f"{name}:MyLLM"]) == 1
    shown = capsys.readouterr().out
    assert steps(shown) == SMOKE[: SMOKE.index(reached) + 1]
    what, where, remedy, end = shown.splitlines()[-4:]
    assert what.startswith(f"{reached:<7} failed: ")
    assert words in what
    assert "gateway" in where
    assert remedy.strip()
    assert end.startswith("stopped: ")


def test_a_backend_that_kills_its_process_is_reported(folder: Folder) -> None:
    source = (folder.folder / "gateway.py").read_text("utf-8")
    killed = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nclass MyLLM"
    folder.write("gateway.py", source.replace("class MyLLM", killed))
    run = folder.check("gateway:MyLLM")
    assert run.status == 9
    assert "stopped: the backend's process was killed by SIGKILL" in run.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gateway",), "'gateway' is not of the form package.module:Class"),
        (("gateway:MyLLM", "--base-url", "http://x/v1"), "name the model of http://x/v1 with --model"),
        (("gateway:MyLLM", "--base-url", "x/v1", "--model", "m"), "x/v1 is not the URL of a server"),
        (
            ("gateway:MyLLM", "--base-url", "http:///v1", "--model", "m"),
            "http:///v1 is not the URL of a server",
        ),
        (("gateway:MyLLM", "--base-url", "http://x:8o/v1", "--model", "m"), "http://x:8o/v1 is not the URL"),
        (("--base-url", "http://x/v1", "--model", "m"), "--key-env need a backend"),
        (("--key-env", "MY_KEY"), "--key-env need a backend"),
        (("--path", "/v1"), "--key-env need a backend"),
        (("--any-model",), "--key-env need a backend"),
    ],
)
def test_a_backend_that_cannot_be_bound_is_a_usage_error(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == pytest.ExitCode.USAGE_ERROR
    assert words in capsys.readouterr().out


OVER_ASYNCIO = """

class OverAsyncio(MyLLM):
    def failure_from(self, error):
        failure = super().failure_from(error)
        words = "Connect call failed ('127.0.0.1', 1234)"
        failure.message = failure.message.replace("Connection refused", words)
        return failure
"""


def test_a_refused_connection_may_be_named_as_asyncio_names_it(folder: Folder) -> None:
    folder.append("gateway.py", OVER_ASYNCIO)
    run = folder.check(
        "gateway:OverAsyncio", "--scenario", "errors/a_refused_connection_is_a_connection_error"
    )
    assert run.status == 0, run.output
    assert "1 passed" in run.output
