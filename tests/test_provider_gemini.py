"""Gemini through litellm, which sends the request of a stream only when its first chunk is asked for.

No recording tests: the embedded engine does not speak Gemini's dialect, and these are faults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity.nap
from provider_routes import KEY, LITELLM, PATIENCE, ask, invoked_and_streamed

from conformance.wire import Handler, Request, Script, WireServer, always, reply, stream
from provider import LiteLLM, LLMProviderError

COUNTED = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}


@pytest.fixture(params=["gemini/tiny"], ids=[LITELLM.label])
def model(request: pytest.FixtureRequest) -> str:
    """A parameter, for its id keeps the import of litellm on one worker of xdist."""
    return str(request.param)


@contextmanager
def speaking(model: str, handler: Handler, max_retries: int = 0) -> Iterator[tuple[LiteLLM, WireServer]]:
    with WireServer(handler) as server:
        llm = LiteLLM(model, KEY, server.url, timeout=PATIENCE, max_retries=max_retries)
        with llm:
            yield llm, server


def part(text: str, reason: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
    finish = {"finishReason": reason} if reason else {}
    return {"candidates": [{**candidate, **finish}], "usageMetadata": COUNTED}


def events(*parts: dict[str, Any]) -> Script:
    return stream([f"data: {json.dumps(each)}\r\n\r\n".encode() for each in parts])


def failure(status: int, name: str, message: str, headers: dict[str, str] | None = None) -> Script:
    return reply({"error": {"code": status, "message": message, "status": name}}, status, headers)


@invoked_and_streamed
def test_an_answer_arrives(model: str, how: str) -> None:
    def answer(request: Request) -> Script:
        streamed = request.path.endswith(":streamGenerateContent")
        return events(part("Hel"), part("lo", "STOP")) if streamed else reply(part("Hello", "STOP"))

    with speaking(model, answer) as (llm, server):
        response = ask(llm, how)

        (request,) = server.requests

    assert (response.content, response.finish_reason, response.prompt_tokens) == ("Hello", "stop", 3)
    assert request.headers["x-goog-api-key"] == KEY


def test_a_cut_stream_is_interrupted(model: str) -> None:
    with speaking(model, always(events(part("Hel"), part("lo")))) as (llm, _server):
        response = ask(llm, "stream")

    assert (response.content, response.error_kind, response.finish_reason) == ("Hello", "interrupted", None)


@invoked_and_streamed
def test_a_failure_that_may_pass_is_tried_again(
    model: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its waits are patched, because waiting them would prove nothing more."""
    waits: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=waits.append))
    limited = failure(429, "RESOURCE_EXHAUSTED", "Slow down.", {"Retry-After": "7"})

    with speaking(model, always(limited), max_retries=2) as (llm, server):
        response = ask(llm, how)

        assert len(server.requests) == 3

    assert (response.error_kind, response.status, response.retry_after) == ("rate_limit", 429, 7.0)
    assert response.error == "Slow down."
    assert waits == [7.0, 7.0]


@invoked_and_streamed
def test_an_overflow_is_raised_in_the_providers_words(model: str, how: str) -> None:
    words = "The input token count (3475108) exceeds the maximum number of tokens allowed (1048576)."

    with (
        speaking(model, always(failure(400, "INVALID_ARGUMENT", words))) as (llm, _server),
        pytest.raises(LLMProviderError) as raised,
    ):
        ask(llm, how)

    assert (raised.value.code, raised.value.message) == ("context_limit", words)
