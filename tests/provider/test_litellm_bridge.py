"""LiteLLM asks some models by OpenAI's Responses API: which, and what litellm needs for it.

No scenarios: these are choices of litellm's, each for some of its models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from conformance.servers.scripted import Request, Script, ScriptedServer
from conformance.servers.scripted.dialects import USAGE, dialect
from conformance.servers.scripted.dialects.response_items import events_of, message, part, response
from conformance.spec.dialogue import Answer, tools
from provider import LiteLLM, LLMResponse
from provider.litellm.importing import imported_litellm
from tests.provider.routes import KEY, TIMEOUT, ask

RESPONSES, CHAT = dialect("responses"), dialect("openai")
THOUGHT = Answer("One moment.", calls=(tools.PARIS,), reasoning="Paris, then.")
REFUSED = [message([part("refusal", "I cannot help.")])]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    def handler(request: Request) -> Script:
        wire = RESPONSES if RESPONSES.is_chat(request) else CHAT
        return wire.script(request, THOUGHT)

    with ScriptedServer(handler) as opened:
        yield opened


@contextmanager
def loaded(model: str, url: str) -> Iterator[LiteLLM]:
    llm = LiteLLM(model, KEY, url, timeout=TIMEOUT, max_retries=0)
    assert llm.load()
    yield llm
    llm.unload()


LOG_IN = ("chatgpt", "github_copilot")
"""Routes that log in interactively."""


def test_every_route_with_such_models_is_decoded(server: ScriptedServer) -> None:
    """One model of each route of which litellm's table says that it is asked for responses."""
    models: dict[str, str] = {}
    for name, known in imported_litellm().model_cost.items():
        if known.get("mode") == "responses":
            models.setdefault(known["litellm_provider"], name)
    asked = {route: name if "/" in name else f"{route}/{name}" for route, name in models.items()}
    assert {"openai", "azure", "xai", "databricks", "perplexity"} < {*asked}
    for route in {*asked} - {*LOG_IN}:
        with loaded(asked[route], f"{server.url}/v1") as llm:
            for how in ("invoke", "stream"):
                read = ask(llm, how)
                assert (route, read.error, read.reasoning) == (route, None, THOUGHT.reasoning)


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("model", ["azure/gpt-5-codex", "azure/responses/deployment"])
def test_azure_is_asked_for_responses(model: str, how: str, server: ScriptedServer) -> None:
    with loaded(model, server.url) as llm:
        read = ask(llm, how)

    [request] = server.requests
    assert request.path == "/openai/v1/responses"
    assert request.headers["api-key"] == KEY
    assert (read.content, read.reasoning, read.finish_reason) == (
        THOUGHT.text,
        THOUGHT.reasoning,
        "tool_calls",
    )


@pytest.mark.parametrize("items", [REFUSED, None], ids=["refusal", "answer"])
def test_a_stream_of_a_model_that_has_none_is_the_whole_answer(items: Any) -> None:
    """litellm asks gpt-5-pro and o1-pro for whole responses."""
    body = RESPONSES.completion(THOUGHT) if items is None else response(items, "tiny", USAGE)
    events = events_of(items or [], "tiny", USAGE)
    with (
        ScriptedServer(RESPONSES.both_ways(body, events)) as server,
        loaded("openai/gpt-5-pro", f"{server.url}/v1") as llm,
    ):
        read = ask(llm, "stream")

    assert not RESPONSES.wants_stream(server.requests[0])
    assert read.error is None
    assert read.content == ("I cannot help." if items else THOUGHT.text)
    assert [call["name"] for call in read.tool_calls] == ([] if items else ["get_weather"])
    assert "reasoning" not in read.as_message()


def test_items_of_a_response_are_left_out_of_a_chat_completion(server: ScriptedServer) -> None:
    """litellm asks gpt-5.4 by both APIs, and OpenAI refuses fields that it does not know."""
    asked: dict[str, Any] = {"tools": [tools.WEATHER], "reasoning_effort": "low"}
    with loaded("openai/gpt-5.4", f"{server.url}/v1") as llm:
        read = llm.invoke([tools.ASK_PARIS], **asked)
        history = [tools.ASK_PARIS, read.as_message(), _result(read)]
        llm.invoke(history, **asked)
        llm.invoke(history)

    by_response, by_chat = server.requests[1:]
    assert by_response.path.endswith("/responses")
    assert [item["type"] for item in by_response.json()["input"]] == [
        *("message", "reasoning", "message", "function_call", "function_call_output")
    ]
    assert by_chat.path.endswith("/chat/completions")
    assert set(by_chat.json()["messages"][1]) == {"role", "content", "tool_calls"}
    assert by_chat.json()["messages"][1]["content"] == THOUGHT.text
    assert by_chat.headers["authorization"] == f"Bearer {KEY}"
    assert json.dumps(THOUGHT.reasoning) not in by_chat.body.decode()


def _result(read: LLMResponse) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": read.tool_calls[0]["id"], "content": tools.SUNNY}
