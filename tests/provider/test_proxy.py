"""Proxies are chosen by the environment; logins are sent, and shown nowhere.

No recording tests: a replay has no connections.
"""

from __future__ import annotations

import base64
import logging
from urllib.parse import unquote

import pytest

from conformance.servers.scripted import ScriptedServer, always, reply
from provider import LLMResponse
from tests.provider.routes import ANSWER, LITELLM, LMSTUDIO, OPENAI, QUESTION, Route, ask

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


@pytest.mark.parametrize("login", ["", "me:pass@", "me:p%40ss@", "me:p@ss@", "me@"])
def test_a_proxy_without_a_scheme_is_asked_by_http(login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As curl reads it; a password may hold an unescaped ``@``."""
    with ScriptedServer(OPENAI.dialect.answering(ANSWER)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f" {login}{proxy.url.removeprefix('http://')} ")
        response = answered(ELSEWHERE)

        [request] = proxy.requests

    assert response.content == ANSWER.text
    user, _, password = unquote(login[:-1]).partition(":")
    basic = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert request.headers.get("proxy-authorization") == (f"Basic {basic}" if login else None)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://me:hunter2hunter2@127.0.0.1:9",
            "http://me:hunter2hunter2@[::1",
            "socks9://me:hunter2hunter2@h",
        ),
        *("me:hunter2hunter2@h:port", "http://me:hunter2hunter2@", "http://me:hunter2/hunter2@h:9"),
        *("http://me:hunter2hunter2@h:99999999", "socks5://me:hunter2hunter2@127.0.0.1:9"),
    ],
)
@pytest.mark.parametrize("route", [OPENAI, LMSTUDIO, LITELLM], ids=lambda route: route.label)
def test_a_proxy_that_cannot_be_used_is_reported_without_its_login(
    route: Route, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("ALL_PROXY", url)
    with route.llm(ELSEWHERE) as llm:
        response = llm.invoke(QUESTION)

    assert response.is_error
    assert "hunter2" not in f"{caplog.text}{response.error}{llm!r}"


@pytest.mark.parametrize("route", [OPENAI, LMSTUDIO, LITELLM], ids=lambda route: route.label)
@pytest.mark.parametrize("status", [200, 308, 401])
def test_the_login_of_an_address_is_sent_and_shown_nowhere(
    route: Route, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """``https://user:password@host`` is basic authentication, as for curl."""
    caplog.set_level(logging.INFO)
    echo = {"error": {"message": "p@ss-of-mine is wrong"}}
    answer = (
        OPENAI.dialect.answering(ANSWER) if status == 200 else always(reply(echo, status, {"location": "/"}))
    )
    with ScriptedServer(OPENAI.dialect.with_other_paths(answer)) as server:
        url = server.url.replace("//", "//me:p%40ss-of-mine@")
        with route.llm(url, None) as llm:
            responses = [ask(llm, how) for how in ("invoke", "stream")]
        sent = [request.headers["authorization"] for request in route.chat_requests(server)]

    assert sent == [f"Basic {base64.b64encode(b'me:p@ss-of-mine').decode()}"] * 2
    assert [response.status for response in responses] == [None if status == 200 else status] * 2
    shown = f"{caplog.text}{[response.error for response in responses]}{llm!r}"
    assert "ss-of-mine" not in shown


@pytest.mark.parametrize(
    "url", ["me:hunter2hunter2@h/v1", "htp://me:hunter2hunter2@h", "http://me:hunter2/hunter2@h"]
)
@pytest.mark.parametrize("route", [OPENAI, LMSTUDIO, LITELLM], ids=lambda route: route.label)
def test_an_invalid_address_is_shown_without_its_login(
    route: Route, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    llm = route.llm(url)

    assert llm.load() is False
    assert "not an http:// or https:// URL" in caplog.text
    assert "hunter2" not in caplog.text
