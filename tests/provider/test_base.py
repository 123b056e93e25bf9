"""What the contract's base class does itself, and a failure of litellm that no request shows.

No recording tests: nothing is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from typing_extensions import override

from conformance.servers.scripted import always, reply
from provider import BaseLLM, LiteLLM, LLMResponse, LLMStream
from tests.provider.routes import LITELLM, QUESTION, Route, ask, invoked_and_streamed, routes

TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]


class CallRecorder(BaseLLM):
    """Records the calls of ``invoke``."""

    def __init__(self) -> None:
        super().__init__("recorder")
        self.calls: list[tuple[Any, Any, dict[str, Any]]] = []

    @override
    def load(self) -> bool:
        return True

    @override
    def unload(self) -> None:
        return None

    @override
    def invoke(self, messages: Any, attachments: Sequence[Any] | None = None, **kwargs: Any) -> LLMResponse:
        self.calls.append((messages, attachments, kwargs))
        return LLMResponse(content="answer")

    @override
    def stream(self, messages: Any, attachments: Sequence[Any] | None = None, **kwargs: Any) -> LLMStream:
        raise NotImplementedError


def test_chat_with_tools_passes_its_arguments_to_invoke() -> None:
    llm = CallRecorder()

    response = llm.chat_with_tools(QUESTION, TOOLS, attachments=["cat.png"], temperature=0)

    assert response.content == "answer"
    assert llm.calls == [(QUESTION, ["cat.png"], {"tools": TOOLS, "temperature": 0})]


@pytest.mark.parametrize(
    ("model", "sees"), [("gpt-4o", True), ("claude-sonnet-4-6", True), ("gpt-3.5-turbo", False)]
)
def test_the_capability_of_a_well_known_model_is_known(model: str, sees: bool) -> None:
    assert LiteLLM(model).has_capability("image") is sees


@routes(LITELLM)
@invoked_and_streamed
def test_a_rate_limit_of_litellms_own_is_a_rate_limit(
    route: Route, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """litellm can limit requests itself, and raises before it sends one."""
    import litellm

    def limited(**_: Any) -> None:
        raise litellm.RateLimitError("Too many tokens.", llm_provider="openai", model="tiny")

    with route.speaking(always(reply({}, 418))) as (llm, server):
        monkeypatch.setattr(litellm, "completion", limited)
        response = ask(llm, how)

        assert server.requests == ()

    assert (response.error_code, response.error_kind) == ("provider_error", "rate_limit")
    assert "Too many tokens." in str(response.error)
