"""The profile's fields for OpenAI's prompt cache, which other servers refuse or do not know.

No scenario: a target's server is never OpenAI's own address. Here the environment puts loopback in its place.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted import ScriptedServer
from provider import OpenAILLM, build_llm_from_profile
from provider.http.addresses import is_openai
from tests.provider.routes import (
    ANSWER,
    KEY,
    LITELLM,
    OPENAI,
    Route,
    ask,
    every_route,
    invoked_and_streamed,
    routes,
)

CACHE = {"prompt_cache_key": "conversation-7", "prompt_cache_retention": "24h"}


def cache_of(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name.startswith("prompt_cache")}


def asked(route: Route, server: ScriptedServer, url: str, how: str, **kwargs: Any) -> dict[str, Any]:
    """What was sent of the cache, by a backend of a profile with both fields."""
    profile = {"llm_service_class": route.backend.__name__, "llm_api_key": KEY, "llm_endpoint": url, **CACHE}
    with build_llm_from_profile(route.model, profile) as llm:
        assert ask(llm, how, **kwargs).error is None
    [request] = route.chat_requests(server)
    return cache_of(request.json())


@routes(OPENAI, LITELLM)
@invoked_and_streamed
def test_openai_gets_them_with_every_request(how: str, route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(route.dialect.answering(ANSWER)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")

        assert asked(route, server, "", how) == CACHE


@routes(OPENAI, LITELLM)
def test_an_argument_of_the_call_wins(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(route.dialect.answering(ANSWER)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")

        assert asked(route, server, "", "invoke", prompt_cache_key="8") == {**CACHE, "prompt_cache_key": "8"}


@every_route
@invoked_and_streamed
def test_no_other_server_gets_them(how: str, route: Route) -> None:
    with ScriptedServer(route.dialect.with_other_paths(route.dialect.answering(ANSWER))) as server:
        assert asked(route, server, server.url + route.path, how) == {}


def test_they_are_arguments_of_the_class() -> None:
    llm = OpenAILLM("gpt-5", KEY, prompt_cache_key="conversation-7", prompt_cache_retention="24h")
    with llm:
        assert cache_of(llm.build_request([{"role": "user", "content": "Hi"}], None, {})) == CACHE


@pytest.mark.parametrize(
    ("provider", "known"),
    [
        ("openai", True),
        ("openai@api.openai.com/v1", True),
        ("openai@eu.api.openai.com/v1", True),
        ("openai@openai.com.example.org/v1", False),
        ("openai@notopenai.com", False),
        ("openai@127.0.0.1:1234/v1", False),
        ("azure", False),
    ],
)
def test_openai_is_known_by_its_host(provider: str, known: bool) -> None:
    assert is_openai(provider) is known
