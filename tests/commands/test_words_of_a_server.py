"""The words of a server are shown, and drive no terminal: neither in a check nor in a recording, in no file.

A run that has everything to show: the error is printed, logged, warned of and written.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from conformance.report.names import JUNIT, RESULTS, SUMMARY
from conformance.servers.scripted import Request, Script, ScriptedServer, reply
from conformance.servers.scripted.dialects import dialect
from conformance.spec.dialogue import text
from tests.support.checking import Folder

OPENAI = dialect("openai")

WORDS = (
    "half \ud83d end",
    "a title: \x1b]0;owned\x07, a colour: \x1b[31mred, a clear screen: \x1b[2J\x1b[H",
    "in one byte: \x9b31mred \x9d0;owned\x9c",
    "an overwritten line: failed\r passed, backspaces: failed\x08\x08\x08\x08\x08\x08passed",
    "from right to left: \u202epassed\u2066 \u200f",
    "markup: | a | <img src=x onerror=alert(1)> ![x](http://x.invalid)",
    "# head",
)
"""What a server says of each request."""

PROJECT = """
[tool.pytest.ini_options]
log_file = "all.log"
log_file_level = "DEBUG"

[tool.conformance.backends.mine]
class = "gateway:Wordy"

[tool.conformance.backends.mine.targets.host]
model = "tiny"
dialect = "openai"
source = "script"

[tool.conformance.backends.mine.targets.host.hosted]
url = "{MY_URL}/v1"
key = "MY_API_KEY"
price = "gpt-4o-mini"
requests_per_minute = 60000
"""

BACKEND = """

import json, logging, warnings

class Wordy(MyLLM):
    def _post(self, request):
        import httpx
        try:
            return super()._post(request)
        except httpx.HTTPStatusError as error:
            words = json.loads(error.response.text)["error"]["message"]
            logging.getLogger("wordy").warning("refused: %s", words, exc_info=ValueError(words))
            warnings.warn(words)
            raise ValueError(words) from error

    def invoke(self, *arguments, **request):
        response = super().invoke(*arguments, **request)
        if response.error:
            raise RuntimeError(response.error)
        return response
"""


BODY = json.dumps({"error": {"message": "\n".join(WORDS)}}).encode()


def acts(shown: str) -> list[str]:
    """The characters that would move, colour or reorder something, or are half of one."""
    bidi = ("RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI")
    return [
        each
        for each in shown
        if (unicodedata.category(each) in ("Cc", "Cs") and each not in "\t\n")
        or unicodedata.bidirectional(each) in bidi
    ]


def assert_harmless(folder: Path, output: str) -> None:
    files = [path for path in folder.rglob("*") if path.suffix in (".log", ".jsonl", ".xml", ".md")]
    found = {"the terminal": output, **{path.name: path.read_bytes().decode("utf-8") for path in files}}
    assert {name: acts(shown) for name, shown in found.items() if acts(shown)} == {}
    assert "Traceback" not in output


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.append("gateway.py", BACKEND)
    return folder


def test_a_check_shows_the_words_and_they_do_nothing(folder: Folder) -> None:
    folder.write("pyproject.toml", PROJECT.partition("[tool.conformance")[0])
    greets = OPENAI.answering(text.GREETING.answer)
    steps = iter((greets, greets))

    def answer(request: Request) -> Script:
        handler = next(steps, None)
        return handler(request) if handler is not None else reply(BODY, 400)

    with ScriptedServer(OPENAI.with_other_paths(answer)) as server:
        asked = ("--base-url", f"{server.url}/v1", "--model", "m", "--scenario", "invoke/says-capital")
        run = folder.check("gateway:Wordy", *asked, "--report", "r")
    assert run.status == 1, run.output
    assert "half \\ud83d end" in run.output
    report = folder.folder / "r"
    assert {RESULTS, JUNIT, SUMMARY} <= {path.name for path in report.iterdir()}
    assert_harmless(folder.folder, run.output)
    summary = (report / SUMMARY).read_text("utf-8")
    assert "<img" not in summary
    assert "\n# head" not in summary


def test_first_steps_show_the_words_and_they_do_nothing(folder: Folder) -> None:
    with ScriptedServer(OPENAI.with_other_paths(lambda _: reply(BODY, 400))) as server:
        run = folder.check("gateway:Wordy", "--base-url", f"{server.url}/v1", "--model", "m")
    assert "invoke  failed: RuntimeError: " in run.output
    assert_harmless(folder.folder, run.output.replace("Traceback", "", 1))


def test_the_recorder_shows_the_words_and_they_do_nothing(folder: Folder) -> None:
    folder.write("pyproject.toml", PROJECT)
    with ScriptedServer(OPENAI.with_other_paths(lambda _: reply(BODY, 400))) as server:
        keys = {"MY_URL": server.url, "MY_API_KEY": "k-0123456789abcdef"}
        run = folder.run("-m", "conformance", "record", "--scenario", "invoke/text", **keys)
    assert run.status == 1, run.output
    [told] = [line for line in run.output.splitlines() if line.startswith("not recorded, left as it was: ")]
    assert "u202epassed" in told
    assert_harmless(folder.folder, run.output)
