"""The recorder as a whole, a real backend, and a server that repeats secrets in every encoding.

The recorder is a child process with the secrets in its environment. The tests search every file that it
leaves, its workspace while it works, a log of everything, and its output.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from conformance.recording import read
from conformance.servers.scripted import Handler, ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.servers.scripted.dialects.openai import OpenAI
from conformance.servers.scripted.dialogue_script import dialogue_handler, turn_of
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import Chunk, Head, Script, Send, reply
from conformance.spec.dialogue import Answer
from tests.recording.secret_plants import FORMS, secret
from tests.support.project import Project, Run

PROJECT = """
[tool.pytest.ini_options]
log_file = "debug.log"
log_file_level = "DEBUG"
log_level = "DEBUG"

[tool.conformance.backends.openai]
class = "provider:OpenAILLM"

[tool.conformance.backends.openai.targets.engine]
model = "tiny"
dialect = "openai"
source = "script"

[tool.conformance.backends.openai.targets.engine.hosted]
url = "{LEAKY_URL}"
key = "LEAKY_API_KEY"
price = "gpt-4o-mini"
requests_per_minute = 60000
"""

KEEPER = '''
"""Keeps what the recorder deletes."""

import pathlib, shutil

def pytest_unconfigure(config):
    workspace = pathlib.Path(".cassettes-recording")
    number = len(list(pathlib.Path().glob("kept-*")))
    if workspace.is_dir():
        shutil.copytree(workspace, f"kept-{number}")
        shutil.copy("debug.log", f"kept-{number}")
'''

KEY = secret("the key itself")
ACCOUNT = {"organization": "org-Ab12Cd34Ef56Gh78Ij90Kl12", "contact": "jane.doe@corp.io"}
HEADERS = ("set-cookie", "x-request-id", "openai-organization", "openai-project", "x-debug", "server", "via")
CHAT = dialect("openai")


@dataclass
class LeakyServer:
    """Answers the dialogue, and adds secrets or sends them instead, each turn in another way.

    Attributes:
        folder: no file in it may ever contain a secret.
        left: the secrets that were not yet sent, in their order.
        sent: the secrets that were sent, plain and encoded.
        found: the files that contained one when a request came.
        ways: how each turn is answered.
    """

    folder: Path
    left: list[str]
    sent: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    ways: dict[str, Callable[[Script], Script]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._waiting = iter(self._all_ways())

    def answer(self, request: Request) -> Script:
        self.found |= {name for name, text in texts(self.folder) if self.contains_secret(text)}
        turn = turn_of(request, CHAT).name
        if turn not in self.ways:
            self.ways[turn] = next(self._waiting)
        return self.ways[turn](dialogue_handler(CHAT)(request))

    def contains_secret(self, text: str) -> bool:
        return any(value in text for value in (KEY, *self.sent))

    def send(self, form: str = "plain") -> str:
        value = self.left.pop(0)
        self.sent |= {value, FORMS[form](value)}
        return FORMS[form](value)

    def _all_ways(self) -> Iterator[Callable[[Script], Script]]:
        yield self._in_headers
        yield lambda _: reply({"error": {"message": f"boom\n{self.send('a traceback')}"}}, 500)
        yield lambda _: reply({"error": {"message": f"no: {self.send()}, {self.send('hexadecimal')}"}}, 401)
        yield lambda _: reply(f"<pre>{self.send('HTML')} {self.send('a repr')}</pre>".encode(), 400)
        yield self._instead
        yield self._packed
        names = list(FORMS)
        while True:
            forms, names = names[:4], [*names[4:], *names[:4]]
            yield lambda right, forms=forms: self._beside(right, forms)  # type: ignore[misc]

    def _in_headers(self, right: Script) -> Script:
        """The only way of which nothing is refused."""
        head, *rest = right
        assert isinstance(head, Head)
        sent = {name: self.send() for name in HEADERS}
        return self._with({"account": ACCOUNT}, [replace(head, headers={**head.headers, **sent}), *rest])

    def _beside(self, right: Script, forms: list[str]) -> Script:
        return self._with({"debug": [self.send(form) for form in forms]}, right)

    def _instead(self, right: Script) -> Script:
        return self._with({"choices": [{"index": 0, "message": {"content": f"It is {self.send()}."}}]}, right)

    def _packed(self, _: Script) -> Script:
        data = gzip.compress(json.dumps({"echo": self.send()}).encode(), mtime=0)
        return reply(data, 500, {"content-encoding": "gzip"})

    def _with(self, more: dict[str, object], right: Script) -> Script:
        head, *rest = right
        assert isinstance(head, Head)
        [*whole] = [step for step in rest if isinstance(step, Send)]
        if not whole:
            return [head, Chunk(f": {json.dumps(more)}\n\n".encode()), *rest]
        headers = {name: text for name, text in head.headers.items() if name != "content-length"}
        return reply({**json.loads(whole[0].data), **more}, head.status, headers)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below ``folder``; a file that is moved meanwhile is read in its new place."""
    for path in folder.rglob("*"):
        try:
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8", "replace")
        except (IsADirectoryError, FileNotFoundError):
            continue


@dataclass(frozen=True)
class Leaky:
    """A run of the recorder against the leaky server."""

    project: Project
    server: LeakyServer
    run: Run


def recorded(project: Project, handler: Handler, scenario: str, **secrets: str) -> Run:
    """Record from ``handler``, with the secrets in the environment; what the recorder deletes is kept."""
    project.write("pyproject.toml", PROJECT)
    project.write("keeper.py", KEEPER)
    (project.folder / "tmp").mkdir()
    with ScriptedServer(CHAT.with_other_paths(handler)) as wire:
        return project.record(
            scenario,
            **secrets,
            LEAKY_URL=wire.url,
            LEAKY_API_KEY=KEY,
            TMPDIR=str(project.folder / "tmp"),
            PYTEST_PLUGINS="syrupy,xdist.plugin,keeper",
        )


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Leaky:
    project = Project(tmp_path_factory.mktemp("leaky"))
    project.recording("invoke/system_prompt")
    secrets = {f"LEAK_{number}_TOKEN": secret(f"leak {number}") for number in range(200)}
    server = LeakyServer(project.folder, list(secrets.values()))
    return Leaky(project, server, recorded(project, server.answer, "invoke", **secrets))


def test_the_server_repeats_more_than_sixty_secrets_in_every_encoding(leaky: Leaky) -> None:
    assert 200 - len(leaky.server.left) > 60, leaky.run.output
    assert len(leaky.server.ways) > 6 + len(FORMS) / 4


def test_no_secret_is_in_any_file(leaky: Leaky) -> None:
    """Neither in what is left nor in what was deleted: results, snapshots, recordings, logs."""
    found = dict(texts(leaky.project.folder))
    assert [name for name, text in found.items() if leaky.server.contains_secret(text)] == []
    assert leaky.server.found == set()
    kept = {Path(name).name for name in found if name.startswith("kept-")}
    assert {"debug.log", "live.jsonl", "offline.jsonl", "text.yaml", "text.json"} <= kept


def test_no_secret_is_in_the_output(leaky: Leaky) -> None:
    assert not leaky.server.contains_secret(leaky.run.output), "the output contains a secret"
    assert leaky.run.status == 1


def test_a_refusal_names_the_variable_and_the_place_and_keeps_the_old_recording(leaky: Leaky) -> None:
    failed = [
        line for line in leaky.run.output.splitlines() if line.startswith("not recorded, left as it was:")
    ]
    refused = [line for line in failed if "would be stored at $" in line]
    assert len(refused) > 4
    assert all("the value of LEAK_" in line and "nothing was written" in line for line in refused)
    results = "".join(text for name, text in texts(leaky.project.folder) if name.endswith("live.jsonl"))
    assert "the reason is not shown because it contains the value of LEAK_" in results
    origin = read(leaky.project.cassette("invoke/system_prompt"), "").provenance
    assert origin.scenario == "invoke/text", "the old recording, of another scenario"


def test_a_secret_that_is_only_in_headers_is_not_stored(leaky: Leaky) -> None:
    changed = {line for line in leaky.run.output.splitlines() if line.startswith("changed: ")}
    # Two scenarios that ask the same turn, which is the first.
    assert changed == {f"changed: openai@engine invoke/{name}" for name in ("text", "content_as_parts")}
    recorded = read(leaky.project.cassette("invoke/text"), "")
    invoked = json.loads(recorded.interactions[0].response.body)
    assert invoked["account"] == {"organization": "org-hidden", "contact": "someone@example.invalid"}
    assert set(recorded.interactions[0].response.headers) == {"content-type"}
    assert recorded.interactions[0].request.headers["authorization"] == "Bearer <API_KEY>"
    assert recorded.provenance.host == "https://leaky-url.invalid"


class LeakyDialect(OpenAI):
    """Sends a secret as the id of a call: a right answer, so that a snapshot is written."""

    leaked = secret("an id")

    def call_id(self, answer: Answer, number: int) -> str:
        return f"{super().call_id(answer, number)}-{self.leaked}"


def test_a_secret_in_a_right_answer_is_not_in_the_snapshot(tmp_path: Path) -> None:
    project = Project(tmp_path)
    run = recorded(
        project, dialogue_handler(LeakyDialect()), "tools/call-one_call", ID_TOKEN=LeakyDialect.leaked
    )
    assert run.status == 1
    assert "the value of ID_TOKEN would be stored at $[0].response.tool_calls[0].id" in run.output
    found = dict(texts(tmp_path))
    assert [name for name, text in found.items() if LeakyDialect.leaked in text] == []
    assert [name for name in found if name.endswith("live.jsonl")]
