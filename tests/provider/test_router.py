"""The router, which behaves as the backend of the default profile.

No recording tests: what a router does is decided before anything is sent.
"""

from __future__ import annotations

import pytest

from conformance.servers.scripted import ScriptedServer
from conformance.servers.scripted.dialects import dialect
from conformance.spec import laws
from conformance.spec.dialogue import text
from provider import LLMRouter
from provider.openai import OpenAILLM

PROFILES = {
    "first": {"llm_service_class": "OpenAILLM", "llm_context_size": 1000},
    "gpt-4o": {"llm_service_class": "OpenAILLM", "llm_context_size": 2000},
}

LISTED = {"class": "OpenAILLM", "endpoint": "", "default": False, "loaded": False}


def test_the_router_behaves_as_the_default_profile() -> None:
    router = LLMRouter(PROFILES, "gpt-4o")

    assert (router.model_name, router.context_size) == ("gpt-4o", 2000)
    assert router.has_capability("image") is True


@pytest.mark.parametrize("default", [None, "", "missing"])
def test_without_a_default_the_first_profile_does(default: str | None) -> None:
    assert LLMRouter(PROFILES, default).model_name == "first"


@pytest.mark.parametrize("router", [LLMRouter(), LLMRouter({}), LLMRouter(None, "gpt-4o")])
def test_without_profiles_nothing_is_loaded(router: LLMRouter) -> None:
    assert router.active is None
    assert (router.load(), router.loaded, router.list_llms()) == (False, False, [])
    assert (router.context_size, router.has_capability("image")) == (None, False)
    stream = router.stream(text.GREETING.messages)
    assert list(stream) == []
    for response in (
        stream.response,
        router.invoke(text.GREETING.messages),
        router.chat_with_tools(text.GREETING.messages, []),
    ):
        laws.failed_as(response, "not_loaded", "not_loaded")
    router.unload()


def test_profiles_come_and_go() -> None:
    router = LLMRouter(default_llm_profile="gpt-4o")
    router.add_llm("first", PROFILES["first"])
    assert router.model_name == "first"

    router.add_llm("gpt-4o", {**PROFILES["gpt-4o"], "llm_endpoint": "http://127.0.0.1:9/v1"})
    assert router.model_name == "gpt-4o"
    assert router.list_llms() == [
        {**LISTED, "model_name": "first", "context_size": 1000},
        {
            **LISTED,
            "model_name": "gpt-4o",
            "context_size": 2000,
            "default": True,
            "endpoint": "http://127.0.0.1:9/v1",
        },
    ]

    router.remove_llm("gpt-4o")
    router.remove_llm("gpt-4o")
    assert [each["model_name"] for each in router.list_llms()] == ["first"]
    assert router.active is router.backend("first")


def test_a_backend_that_is_removed_or_replaced_is_unloaded() -> None:
    with ScriptedServer(dialect("openai").answering(text.GREETING.answer)) as server:
        router = LLMRouter({name: {"llm_endpoint": server.url} for name in ("one", "other")})
        one, other = router.backend("one"), router.backend("other")
        assert one.load()
        assert other.load()

        router.remove_llm("one")
        router.add_llm("other", {"llm_endpoint": server.url})

        assert (one.loaded, other.loaded, router.loaded) == (False, False, False)
        assert router.backend("other") is not other


def test_an_unknown_class_replaces_nothing() -> None:
    router = LLMRouter(PROFILES)
    before = router.backend("first")

    with pytest.raises(ValueError, match="unknown llm_service_class"):
        router.add_llm("first", {"llm_service_class": "OpenAI"})

    assert router.backend("first") is before


def test_the_default_is_looked_up_at_each_call(caplog: pytest.LogCaptureFixture) -> None:
    settings = {"default_llm_profile": "first"}
    routers = LLMRouter(PROFILES, "first"), LLMRouter(PROFILES, lambda: settings["default_llm_profile"])

    for name, used in (("first", "first"), ("gpt-4o", "gpt-4o"), ("missing", "first"), ("gpt-4o", "gpt-4o")):
        settings["default_llm_profile"] = routers[0].default_llm_profile = name
        assert [router.model_name for router in routers] == [used, used]
        assert [router.loaded for router in routers] == [False, False]

    assert caplog.text.count("no LLM profile 'missing'") == len(routers)


def test_attributes_of_the_backend_are_read_and_set_through_the_router() -> None:
    """Capabilities and sizes are not copied: a backend learns some of them when it is loaded."""
    router = LLMRouter(PROFILES, "first")
    backend = router.backend("first")
    backend.capabilities["image"] = True
    router.context_size = 77  # LMStudioLLM requests the size that was set before ``load``

    assert backend.context_size == router.context_size == 77
    assert router.has_capability("image") is True


def test_it_answers_as_its_backend_does_and_unloads_all() -> None:
    with ScriptedServer(dialect("openai").answering(text.GREETING.answer)) as server:
        profiles = {name: {"llm_endpoint": server.url} for name in ("one", "other")}
        router = LLMRouter(profiles, "one")
        other = router.backend("other")
        assert isinstance(other, OpenAILLM)
        assert router.loaded is False
        assert router.load() is True
        assert other.load() is True

        laws.is_the_answer(router.invoke(text.GREETING.messages), text.GREETING.answer)
        laws.is_the_answer(router.chat_with_tools(text.GREETING.messages), text.GREETING.answer)
        stream = router.stream(text.GREETING.messages)
        assert "".join(stream) == text.GREETING.answer.text
        assert router.last_prompt_tokens == stream.response.prompt_tokens
        assert router.last_prompt_tokens

        router.unload()
        assert (router.loaded, other.loaded) == (False, False)
