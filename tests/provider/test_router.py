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


def test_the_router_behaves_as_the_default_profile() -> None:
    router = LLMRouter(PROFILES, "gpt-4o")

    assert (router.model_name, router.context_size) == ("gpt-4o", 2000)
    assert router.has_capability("image") is True


@pytest.mark.parametrize("default", [None, "", "missing"])
def test_without_a_default_the_first_profile_does(default: str | None) -> None:
    assert LLMRouter(PROFILES, default).model_name == "first"


def test_no_profiles_are_an_error() -> None:
    with pytest.raises(ValueError, match="no LLM profiles"):
        LLMRouter({})


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
