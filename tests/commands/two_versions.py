"""A scratch project with two versions of a backend, of which the newer sends other requests."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Project

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

def ask(serve, build, dialect, accepts):
    def handler(request):
        if accepts("store" in request.json()):
            return dialect.script(request, text.GREETING.answer)
        return reply({"error": {"message": "unknown field: store"}}, 400)

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
