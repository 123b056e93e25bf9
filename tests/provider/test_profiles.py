"""Backends built from an application's settings, beyond what the scenarios of configuration ask.

No recording tests: these are decisions before anything is sent, and the loopback server shows their effect.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import Request, ScriptedServer
from provider import LiteLLM, LLMProviderError, LMStudioLLM, OpenAILLM, build_llm_from_profile
from provider.chat import ChatLLM
from provider.http import checked_url, with_version
from tests.provider.routes import (
    ANSWER,
    KEY,
    LITELLM,
    LITELLM_ANTHROPIC,
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
    def test_a_parameter_that_a_route_does_not_know_is_dropped_whatever_the_options(
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


@pytest.mark.parametrize(
    ("written", "sent"),
    [(f" {KEY}\n", KEY), (VARIABLE, "sk-second"), ("", None), (" \n", None), (None, None)],
)
def test_the_key_is_set_at_each_load(
    written: str | None, sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a key was replaced in the environment, the next load uses the new one."""
    monkeypatch.setenv(VARIABLE, "sk-first")
    llm = OpenAILLM("tiny", written, "http://127.0.0.1:9")
    with llm:
        monkeypatch.setenv(VARIABLE, "sk-second")
    with llm:
        assert llm.api_key == sent


@pytest.mark.parametrize("value", ["", "  "], ids=["empty", "blank"])
def test_an_empty_variable_is_reported_and_its_name_is_never_sent(
    value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    llm = OpenAILLM("tiny", VARIABLE)

    assert llm.load() is False
    assert llm.api_key is None
    assert f"the environment variable {VARIABLE}, which is not set" in caplog.text


@pytest.mark.parametrize(
    ("backend", "model", "url", "loads"),
    [
        (OpenAILLM, "gpt-4o", None, False),
        (OpenAILLM, "gpt-4o", "https://api.openai.com/v1", False),
        (OpenAILLM, "tiny", "https://llm.example.com/v1", False),
        (OpenAILLM, "tiny", "http://localhost:11434/v1", True),
        (OpenAILLM, "tiny", "http://10.1.2.3:8000", True),
        (OpenAILLM, "tiny", "http://[::1]:8000", True),
        (OpenAILLM, "tiny", "http://gpu-box:8000", True),
        (OpenAILLM, "tiny", "http://gpu.local:8000", True),
        (LiteLLM, "gpt-4o", None, False),
        (LiteLLM, "groq/tiny", None, False),
        (LiteLLM, "anthropic/tiny", None, False),
        (LiteLLM, "anthropic/tiny", "http://127.0.0.1:4000", True),
        (LiteLLM, "bedrock/tiny", "http://127.0.0.1:4000", False),
        (LiteLLM, "ollama/tiny", None, True),
        (LiteLLM, "ollama_chat/tiny", None, True),
        (LiteLLM, "llamafile/tiny", None, True),
    ],
)
def test_load_fails_for_an_unset_variable_where_the_provider_demands_a_key(
    backend: type[OpenAILLM | LiteLLM],
    model: str,
    url: str | None,
    loads: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    llm = backend(model, VARIABLE, url)
    try:
        assert llm.load() is loads
        assert llm.api_key is None
    finally:
        llm.unload()
    assert f"the environment variable {VARIABLE}" in caplog.text


@pytest.mark.parametrize(
    ("written", "url"),
    [("http://host:1/proxy/", "http://host:1/proxy"), (" http://host:1// ", "http://host:1/v1")],
)
def test_a_version_is_added_where_the_address_has_no_path(written: str, url: str) -> None:
    assert with_version(written) == url


@pytest.mark.parametrize("address", ["127.0.0.1:1234/v1", "http://host:port", "http://host:0", "?"])
def test_an_address_that_is_not_a_url_is_refused(address: str) -> None:
    with pytest.raises(LLMProviderError, match="is not an http:// or https:// URL"):
        checked_url(address)
