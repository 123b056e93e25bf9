"""``conformance check … --key-env NAME``: the server gets the key, and it is shown nowhere.

No recording tests: the key is real, and the server asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.report.file import read
from conformance.report.results import Outcome, Result
from conformance.servers.scripted import Handler, Request, Script, ScriptedServer, reply
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text
from tests.support.checking import Folder

KEY = "gw/1234567890+real=key"
NAME = "GATEWAY_API_KEY"
"""A variable that the suite removes from the environment of its run."""

OPENAI = dialect("openai")
GREETS = OPENAI.answering(text.GREETING.answer)
WITHHELD = "it contains the value of --key-env"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def demanding(handler: Handler) -> Handler:
    """Answers only requests with the key."""

    def answer(request: Request) -> Script:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return reply({"error": {"message": "Who are you?"}}, 401)
        return handler(request)

    return answer


def refusing(_: Request) -> Script:
    """Answers no request."""
    return reply({"error": {"message": "No."}}, 401)


def in_front_of(server: ScriptedServer) -> list[str]:
    """The options that name ``server``."""
    url = f"{server.url}/v1"
    return ["--base-url", url, "--model", "large", "--key-env", NAME, "--scenario", "invoke/text"]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(OPENAI.with_other_paths(demanding(GREETS))) as server:
        yield server


def test_first_steps_and_suite_use_the_key_of_the_variable(folder: Folder, server: ScriptedServer) -> None:
    run = folder.check("gateway:MyLLM", *in_front_of(server), **{NAME: KEY})
    assert run.status == 0, run.output
    assert len(OPENAI.chat_requests(server.requests)) == 4, "two steps, and a scenario that asks both ways"


def test_without_key_env_the_server_refuses(folder: Folder, server: ScriptedServer) -> None:
    named = [part for part in in_front_of(server) if part not in ("--key-env", NAME)]
    run = folder.check("gateway:MyLLM", *named, **{NAME: KEY})
    assert (run.status, "invoke  failed: an error came" in run.output) == (1, True), run.output


def test_a_worker_of_xdist_uses_the_key_too(folder: Folder, server: ScriptedServer) -> None:
    backend = ("--backend", "gateway:MyLLM", "--backend-url", f"{server.url}/v1", "--backend-model", "large")
    asked = ("-p", "conformance.plugin", "--pyargs", "conformance.scenarios.test_invoke", "-n", "1")
    chosen = ("--scenario", "invoke/text", "--key-env", NAME)
    run = folder.run("-m", "pytest", "-q", *asked, *backend, *chosen, **{NAME: KEY})
    assert run.status == 0, run.output
    assert len(OPENAI.chat_requests(server.requests)) == 2


def telling(folder: Folder, said: str) -> str:
    """A faulty backend that puts the key into its errors; the expression ``said`` makes the text."""
    folder.append(
        "gateway.py",
        f"""
        class Telling(MyLLM):
            def invoke(self, *arguments, **request):
                import base64
                response, key = super().invoke(*arguments, **request), self.api_key
                response.error = response.error and {said}
                return response
        """,
    )
    return "gateway:Telling"


PLAIN = "f'the key {key} is wrong'"
IN_BASE64 = "base64.b64encode(key.encode()).decode()"


@pytest.mark.parametrize("said", [PLAIN, IN_BASE64], ids=["plain", "base64"])
def test_the_message_of_a_failed_step_does_not_show_the_key(folder: Folder, said: str) -> None:
    with ScriptedServer(OPENAI.with_other_paths(refusing)) as server:
        run = folder.check(telling(folder, said), *in_front_of(server), **{NAME: KEY})
    assert run.status == 1
    assert KEY not in run.output
    assert f"not shown: {WITHHELD}" in run.output


def failed(folder: Folder, backend: str) -> Result:
    """The result of a scenario that the server refuses, after it has answered the first steps."""
    steps = iter((GREETS, GREETS))

    def refusing_after_them(request: Request) -> Script:
        return next(steps, refusing)(request)

    with ScriptedServer(OPENAI.with_other_paths(refusing_after_them)) as server:
        named = [*in_front_of(server), "--results", "results.jsonl"]
        run = folder.check(backend, *named, **{NAME: KEY})
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.output
    assert KEY not in run.output
    assert KEY not in (folder.folder / "results.jsonl").read_text("utf-8")
    [result] = read(folder.folder / "results.jsonl")
    assert result.outcome is Outcome.FAILED
    return result


def test_neither_failure_nor_result_contains_the_key(folder: Folder) -> None:
    result = failed(folder, telling(folder, PLAIN))
    assert WITHHELD in result.reason
    assert result.transcript is not None
    [answer] = result.transcript["answers"]
    assert answer["decoded"]["error"] == "the key <API_KEY_2> is wrong"


def test_a_transcript_with_the_key_in_another_form_is_not_kept(folder: Folder) -> None:
    result = failed(folder, telling(folder, IN_BASE64))
    assert WITHHELD in result.reason
    assert result.transcript is None


def test_a_log_line_with_the_key_is_not_shown(folder: Folder) -> None:
    source = (folder.folder / "gateway.py").read_text("utf-8")
    logging = 'import logging; logging.getLogger("mine").warning("my key is %s", self.api_key)'
    close = "self.on_unload.callback(self._client.close)"
    folder.write("gateway.py", source.replace(close, f"{close}\n        {logging}"))
    run = folder.check("gateway:MyLLM", *in_front_of_nothing(), **{NAME: KEY})
    assert f"not shown: {WITHHELD}" in run.output
    assert KEY not in run.output


def in_front_of_nothing() -> list[str]:
    return ["--base-url", "http://127.0.0.1:9/v1", "--model", "large", "--key-env", NAME]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--key-env", NAME), "--key-env is the key of a server: name the server with --base-url"),
        ((*in_front_of_nothing(), "--key-env", "NOT_SET"), "the variable that --key-env names is not set"),
        ((*in_front_of_nothing(), "--key-env", KEY), "--key-env needs the name of the variable"),
    ],
    ids=["no server", "not set", "the key itself"],
)
def test_a_key_that_cannot_be_read_is_a_usage_error_that_does_not_repeat_it(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "gateway:MyLLM", *arguments]) == pytest.ExitCode.USAGE_ERROR
    shown = capsys.readouterr().out
    assert words in shown
    assert "NOT_SET" not in shown
    assert KEY not in shown
