"""A run in front of a real server shows no secret: in no file, on no terminal, in no encoding.

No recording tests: the keys are real, and a replay has none. The backend warns of its keys, logs them, prints
them and puts them into its errors; the server repeats them. One run writes all that a run can write.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.report.file import read
from conformance.report.names import JUNIT, PAGE, RESULTS, SUMMARY
from conformance.report.results import Outcome, Report
from conformance.servers.scripted import Request, Script, ScriptedServer, reply
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text
from tests.support.checking import Folder

NAMED, OWN, PASSWORD = "gw/1234567890+real=key", "lg-7Hq2Zx9Kd4", "pa55-of-nobody"
"""The key of ``--key-env``, a login that only the backend knows, and the password in the server's address."""

OPENAI = dialect("openai")

PROJECT = """
[tool.pytest.ini_options]
log_cli = true
log_cli_level = "DEBUG"
log_file = "all.log"
log_file_level = "DEBUG"
"""

BACKEND = """

import logging, threading, warnings

class Leaky(MyLLM):
    login = "".join(["lg-7Hq2", "Zx9Kd4"])

    def connect(self):
        super().connect()
        self._headers["x-login"] = self.login

    def invoke(self, *arguments, **request):
        response = super().invoke(*arguments, **request)
        if response.error:
            for secret in (self.api_key, self.login):
                warnings.warn(f"the key {secret} is wrong")
                logging.getLogger("leaky").info("sent %s", secret)
                logging.getLogger("leaky").debug("headers: %s", {"x-login": secret})
                print("printed", secret)

                def fail(secret=secret):
                    raise RuntimeError(f"in a thread: {secret}")

                thread = threading.Thread(target=fail)
                thread.start()
                thread.join()
        return response
"""


def echoing(request: Request) -> Script:
    """Refuses every request, and repeats what it was sent: plain, in base64, and the password."""
    sent = {name: request.headers.get(name, "") for name in ("x-login", "authorization")}
    packed = base64.b64encode(sent["x-login"].encode()).decode()
    return reply({"error": {"message": f"wrong: {sent} {packed}"}}, 401)


@dataclass(frozen=True)
class Leaked:
    """A run that had everything to show.

    Attributes:
        shown: what it printed, and what it wrote, by the name of the file.
        report: the results.
    """

    shown: dict[str, str]
    report: Report


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Leaked:
    folder = Folder(tmp_path_factory.mktemp("leaky"))
    folder.write("pyproject.toml", PROJECT)
    folder.append("gateway.py", BACKEND)
    greets = OPENAI.answering(text.GREETING.answer)
    steps = iter((greets, greets))

    def answer(request: Request) -> Script:
        return next(steps, echoing)(request)

    with ScriptedServer(OPENAI.with_other_paths(answer)) as server:
        address = server.url.replace("://", f"://someone:{PASSWORD}@")
        named = ("--base-url", f"{address}/v1", "--model", "large", "--key-env", "GATEWAY_API_KEY")
        chosen = ("--scenario", "invoke/says*", "--report", "report")
        run = folder.check("gateway:Leaky", *named, *chosen, GATEWAY_API_KEY=NAMED)
    files = {path.name: path.read_text("utf-8") for path in written(folder.folder)}
    return Leaked({"the terminal": run.output, **files}, read(folder.folder / "report" / RESULTS))


def written(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name != "gateway.py")


@pytest.mark.parametrize("secret", [NAMED, OWN, PASSWORD])
def test_no_secret_is_in_any_file_or_on_the_terminal(leaked: Leaked, secret: str) -> None:
    packed = base64.b64encode(secret.encode()).decode().rstrip("=")
    assert [name for name, shown in leaked.shown.items() if secret in shown or packed in shown] == []


def test_everything_that_could_show_one_was_written(leaked: Leaked) -> None:
    assert {"the terminal", "all.log", RESULTS, JUNIT, PAGE, SUMMARY} <= leaked.shown.keys()
    assert leaked.shown["all.log"].count("not shown because it contains the value of --key-env") > 1
    assert "not shown because it contains the header x-login that was sent" in leaked.shown["all.log"]
    assert len(leaked.report.results) > 1
    for result in leaked.report.results:
        assert result.outcome is Outcome.FAILED
        assert "not shown because it contains" in result.reason


def test_the_address_is_shown_without_its_password(leaked: Leaked) -> None:
    assert "--backend-url 'http://***@127.0.0.1:" in leaked.report.header["command"]
    assert "http://***@127.0.0.1:" in leaked.shown["the terminal"], "the first steps"
