"""Proxies are chosen by the environment, as httpx does.

No recording tests: a replay has no connections.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted import ScriptedServer
from provider import LLMResponse
from tests.provider.routes import ANSWER, OPENAI, QUESTION

ELSEWHERE = "http://conformance.invalid/v1"
NOBODY = "http://127.0.0.1:9"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answered(url: str) -> LLMResponse:
    with OPENAI.llm(url) as llm:
        return llm.invoke(QUESTION)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "all_proxy"])
def test_a_proxy_is_asked_for_another_machine(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(OPENAI.dialect.answering(ANSWER)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        response = answered(ELSEWHERE)

        assert [request.headers["host"] for request in proxy.requests] == ["conformance.invalid"]

    assert response.content == ANSWER.text


def test_the_proxy_of_the_scheme_goes_before_the_one_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(OPENAI.dialect.answering(ANSWER)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", NOBODY)

        assert answered(ELSEWHERE).content == ANSWER.text


def test_no_proxy_is_asked_for_a_machine_that_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(OPENAI.dialect.answering(ANSWER)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "conformance.invalid")

        assert answered(ELSEWHERE).is_error  # the guard of the tests lets no name be looked up
        assert proxy.requests == ()


def test_no_proxy_is_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(OPENAI.dialect.answering(ANSWER)) as server:
        monkeypatch.setenv("HTTP_PROXY", NOBODY)

        assert answered(server.url).content == ANSWER.text
