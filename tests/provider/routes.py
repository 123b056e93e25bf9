"""The three backends, each in front of a loopback server that speaks its dialect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.servers.scripted import Handler, Request, ScriptedServer
from conformance.servers.scripted.dialects import Dialect, dialect
from conformance.spec.dialogue import Answer
from provider import LiteLLM, LLMResponse, LMStudioLLM, OpenAILLM
from provider.chat.backend import ChatLLM

KEY = "sk-the-key-of-the-tests"
QUESTION = [{"role": "user", "content": "What do you say?"}]
ANSWER = Answer("Four words, no more.")

TIMEOUT = 10.0
"""Seconds that a backend waits in tests that are not about waiting."""


@dataclass(frozen=True)
class Route:
    """One backend and the dialect that its server speaks.

    Attributes:
        label: ``backend@dialect``; in a test's id it keeps the tests of a backend on one worker of xdist.
        backend: the class.
        model: the model, as the backend calls it.
        dialect: how the server answers.
        path: the path that the backend expects after the server's address.
    """

    label: str
    backend: type[OpenAILLM | LMStudioLLM | LiteLLM]
    model: str
    dialect: Dialect
    path: str = ""

    def llm(
        self, url: str, key: str | None = KEY, *, timeout: float = TIMEOUT, max_retries: int = 0
    ) -> ChatLLM:
        """The backend, not loaded, in front of the server at ``url``."""
        return self.backend(
            self.model, api_key=key, base_url=url + self.path, timeout=timeout, max_retries=max_retries
        )

    @contextmanager
    def speaking(
        self, handler: Handler, *, timeout: float = TIMEOUT, max_retries: int = 0
    ) -> Iterator[tuple[ChatLLM, ScriptedServer]]:
        """The loaded backend, and the server that answers it by ``handler``."""
        with (
            ScriptedServer(self.dialect.with_other_paths(handler)) as server,
            self.llm(server.url, timeout=timeout, max_retries=max_retries) as llm,
        ):
            assert llm.loaded, "load() failed: its reason is in the log"
            yield llm, server

    def chat_requests(self, server: ScriptedServer) -> list[Request]:
        """The requests for an answer, without those for LM Studio's list of models."""
        return [request for request in server.requests if request.path.endswith(self.dialect.path)]


OPENAI = Route("openai@openai", OpenAILLM, "tiny", dialect("openai"))
LMSTUDIO = Route("lmstudio@openai", LMStudioLLM, "tiny", dialect("openai"))
LITELLM = Route("litellm@openai", LiteLLM, "openai/tiny", dialect("openai"), "/v1")
LITELLM_ANTHROPIC = Route("litellm@anthropic", LiteLLM, "anthropic/tiny", dialect("anthropic"))


def routes(*chosen: Route) -> pytest.MarkDecorator:
    """Run a test with each of the ``chosen`` routes."""
    return pytest.mark.parametrize("route", chosen, ids=[route.label for route in chosen])


every_route = routes(OPENAI, LMSTUDIO, LITELLM, LITELLM_ANTHROPIC)
invoked_and_streamed = pytest.mark.parametrize("how", ["invoke", "stream"])


def ask(llm: ChatLLM, how: str, messages: Any = QUESTION, **kwargs: Any) -> LLMResponse:
    """The response of ``invoke``, or of a stream that was read to its end."""
    if how == "invoke":
        return llm.invoke(messages, **kwargs)
    deltas = llm.stream(messages, **kwargs)
    text = "".join(deltas)
    assert text == deltas.response.content, "the deltas are not the content"
    return deltas.response
