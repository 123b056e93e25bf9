"""Backends built from an application's settings: classes, keys and addresses as people write them.

No recording tests: these are decisions before anything is sent, and the loopback server shows their effect.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import Request, ScriptedServer
from provider import LiteLLM, LMStudioLLM, OpenAILLM, build_llm_from_profile
from provider.chat.backend import ChatLLM
from tests.provider.routes import (
    ANSWER,
    KEY,
    LITELLM,
    LITELLM_ANTHROPIC,
    LMSTUDIO,
    OPENAI,
    QUESTION,
    Route,
    every_route,
    routes,
)

VARIABLE = "KEY_OF_THE_TESTS"


def built(route: Route, url: str, **profile: Any) -> ChatLLM:
    name = route.backend.__name__
    return build_llm_from_profile(route.model, {"llm_service_class": name, "llm_endpoint": url, **profile})


def request_of(route: Route, llm: ChatLLM, server: ScriptedServer) -> Request:
    """Load, ask once, unload; returns the request for the answer."""
    before = len(route.chat_requests(server))
    with llm:
        response = llm.invoke(QUESTION)
    assert response.error is None
    (request,) = route.chat_requests(server)[before:]
    return request


def answering(route: Route) -> ScriptedServer:
    return ScriptedServer(route.dialect.with_other_paths(route.dialect.answering(ANSWER)))


class TestProfiles:
    @pytest.mark.parametrize("backend", [OpenAILLM, LMStudioLLM, LiteLLM])
    def test_a_class_is_built_by_its_name_and_not_loaded(self, backend: type[ChatLLM]) -> None:
        llm = build_llm_from_profile("tiny", {"llm_service_class": backend.__name__})

        assert type(llm) is backend
        assert (llm.model_name, llm.loaded) == ("tiny", False)

    @pytest.mark.parametrize(
        "profile", [{}, {"llm_service_class": None}, {"llm_service_class": ""}], ids=repr
    )
    def test_an_absent_class_is_openai(self, profile: dict[str, Any]) -> None:
        assert type(build_llm_from_profile("tiny", profile)) is OpenAILLM

    def test_an_unknown_class_is_an_error_that_names_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match="'OpenAI' for tiny; known: OpenAILLM, LMStudioLLM, LiteLLM"):
            build_llm_from_profile("tiny", {"llm_service_class": "OpenAI"})

    @pytest.mark.parametrize(
        ("size", "expected"), [(200_000, 200_000), ("8192", 8192), (None, 128_000), (0, 128_000)]
    )
    def test_the_context_size_is_the_profiles_or_the_known_one(self, size: Any, expected: int) -> None:
        profile = {"llm_service_class": "LiteLLM", "llm_context_size": size}

        assert build_llm_from_profile("openai/gpt-4o", profile).context_size == expected

    @routes(LITELLM)
    def test_further_options_reach_litellm(self, route: Route) -> None:
        with answering(route) as server:
            llm = built(route, server.url, llm_api_key=KEY, llm_options={"seed": 7, "max_retries": 0})

            assert request_of(route, llm, server).json()["seed"] == 7

    @routes(LITELLM_ANTHROPIC)
    @pytest.mark.parametrize("dropping", ["true", "false", False], ids=repr)
    def test_what_a_route_cannot_say_is_dropped_whatever_the_options_say(
        self, route: Route, dropping: Any
    ) -> None:
        """BerriAI/litellm#33738: with a "true" from a configuration file the call failed."""
        with answering(route) as server:
            options = {"drop_params": dropping, "seed": 7}
            llm = built(route, server.url, llm_api_key=KEY, llm_options=options)

            assert "seed" not in request_of(route, llm, server).json()

    @every_route
    def test_building_sends_nothing(self, route: Route) -> None:
        with answering(route) as server:
            built(route, server.url, llm_api_key=VARIABLE)

            assert server.requests == ()


@every_route
class TestKeys:
    def test_a_key_is_sent_as_it_is(self, route: Route) -> None:
        with answering(route) as server:
            request = request_of(route, built(route, server.url, llm_api_key=f" {KEY}\n"), server)

        name, value = route.dialect.key_header(KEY)
        assert request.headers[name] == value

    def test_a_variable_is_read_at_each_load(self, route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a key was replaced in the environment, the next load uses the new one."""
        monkeypatch.delenv(VARIABLE, raising=False)
        with answering(route) as server:
            llm = built(route, server.url, llm_api_key=VARIABLE)
            for key in ("sk-first", "SECOND_KEY_LIKE_A_VARIABLE"):
                monkeypatch.setenv(VARIABLE, key)

                request = request_of(route, llm, server)

                name, value = route.dialect.key_header(key)
                assert request.headers[name] == value

    @pytest.mark.parametrize("value", [None, "", "  "], ids=["unset", "empty", "blank"])
    def test_a_variable_without_a_value_is_reported_and_its_name_is_never_sent(
        self,
        route: Route,
        value: str | None,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.delenv(VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(VARIABLE, value)
        with answering(route) as server:
            llm = built(route, server.url, llm_api_key=VARIABLE)

            assert llm.load() is False
            assert llm.invoke(QUESTION).error_code == "not_loaded"
            assert server.requests == ()

        assert f"the environment variable {VARIABLE}, which is not set" in caplog.text

    @pytest.mark.parametrize("key", ["sk-one\nsk-two", "sk-\x00one", "sk-schlüssel"], ids=repr)
    def test_a_key_that_no_header_can_carry_is_reported_and_not_shown(
        self, route: Route, key: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with answering(route) as server:
            assert built(route, server.url, llm_api_key=key).load() is False
            assert server.requests == ()

        assert "the API key holds a line break" in caplog.text
        assert "sk-" not in caplog.text


@routes(OPENAI, LMSTUDIO)
@pytest.mark.parametrize("key", [None, "", " \n"], ids=repr)
def test_without_a_key_none_is_sent(route: Route, key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a made-up one nor the one for OpenAI is sent to another server."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    with answering(route) as server:
        request = request_of(route, built(route, server.url, llm_api_key=key), server)

    assert "authorization" not in request.headers


CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("route", "written", "asked"),
    [
        *(
            (route, written, CHAT)
            for route in (OPENAI, LMSTUDIO, LITELLM)
            for written in ("", "/", "/v1", "/v1/")
        ),
        *((LMSTUDIO, written, CHAT) for written in ("/api/v0", "/api/v1", "/api/v1/")),
        *((route, "/proxy", "/proxy/chat/completions") for route in (OPENAI, LITELLM)),
        *((LITELLM_ANTHROPIC, written, "/v1/messages") for written in ("", "/")),
    ],
    ids=lambda value: value.label if isinstance(value, Route) else value.replace("/", ".") or "bare",
)
def test_an_address_is_understood_as_it_is_written(route: Route, written: str, asked: str) -> None:
    with answering(route) as server:
        llm = built(route, f" {server.url}{written} ", llm_api_key=KEY)

        assert request_of(route, llm, server).path == asked


@every_route
@pytest.mark.parametrize(
    "address",
    [
        "localhost:1234",
        "127.0.0.1:1234/v1",
        "ftp://127.0.0.1",
        "http://",
        "http://[::1",
        "http://host:port",
        "?",
    ],
)
def test_an_address_that_is_not_a_url_is_reported_at_load(
    route: Route, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    llm = built(route, address, llm_api_key=KEY)

    assert llm.load() is False
    assert llm.invoke(QUESTION).error_code == "not_loaded"
    assert f"{route.model} cannot be loaded: the base URL {address!r} is not" in caplog.text
