"""Converting Cohere's answers to chat completions: real traffic where present, and odd bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.streams import EventChunks
from provider.errors import LLMProviderError
from provider.litellm.wires.cohere import CohereChunks, completion, request_fields
from provider.response import LLMResponse
from tests.corpus.traffic import TRAFFIC, body, body_bytes, event_data, recorded

FINISHES = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "TOOL_CALL": "tool_calls"}
TOOLS = [{"type": "function", "function": {"name": name}} for name in ("one", "other")]


def traffic(mode: str) -> list[dict[str, Any]]:
    interactions = recorded(f"cohere/chat_v2-{mode}-*.json", lambda _: True)
    if not interactions:
        pytest.skip(f"no recorded traffic in {TRAFFIC}; CONFORMANCE_TRAFFIC may name another folder")
    return interactions


def streamed(data: bytes, content_type: str = "text/event-stream") -> LLMResponse:
    chunks = CohereChunks(EventChunks(content_type, iter([data]), lambda: None))
    decoder = ChunkDecoder()
    for chunk in chunks:
        list(decoder.feed(chunk))
    decoder.terminated = chunks.terminated
    list(decoder.flush())
    return decoder.finish()


def test_real_answers() -> None:
    for interaction in traffic("json"):
        real = body(interaction)
        answer = decode_completion(completion(real))
        message, usage = real["message"], real["usage"]
        texts = [part.get("text", "") for part in message.get("content", [])]
        assert answer.content == message.get("tool_plan", "") + "".join(texts)
        calls = [call["function"] for call in message.get("tool_calls", [])]
        assert [{"name": call["name"], "arguments": call["arguments"]} for call in answer.tool_calls] == calls
        assert answer.finish_reason == FINISHES[real["finish_reason"]]
        assert answer.prompt_tokens == usage["tokens"]["input_tokens"]
        assert answer.completion_tokens == usage["tokens"]["output_tokens"]
        assert answer.cached_prompt_tokens == usage.get("cached_tokens", 0)


def test_real_streams() -> None:
    for interaction in traffic("stream"):
        data = body_bytes(interaction)
        answer = streamed(data)
        end = event_data(data)[-1]["delta"]
        starts = [event for event in event_data(data) if event["type"] == "tool-call-start"]
        assert answer.content
        assert [call["id"] for call in answer.tool_calls] == [
            event["delta"]["message"]["tool_calls"]["id"] for event in starts
        ]
        assert all(isinstance(json.loads(call["arguments"]), dict) for call in answer.tool_calls)
        assert answer.finish_reason == FINISHES[end["finish_reason"]]
        assert answer.completion_tokens == end["usage"]["tokens"]["output_tokens"]


@pytest.mark.parametrize("odd", [None, [], "text", {}, {"message": None}, {"message": {}}])
def test_a_body_that_is_not_an_answer_is_malformed(odd: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        completion(odd)
    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize("odd", [b"data: 7\n\n", b"data: {\n\n", b"data: []\n\n"])
def test_an_event_that_is_not_an_object_is_malformed(odd: bytes) -> None:
    with pytest.raises(LLMProviderError) as raised:
        streamed(odd)
    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize("odd", [b'{"type":"x","delta":null}', b'{"delta":{"message":{"content":[]}}}'])
def test_an_event_of_another_shape_is_ignored(odd: bytes) -> None:
    with pytest.raises(LLMProviderError) as raised:
        streamed(b"data: " + odd + b"\n\n")
    assert raised.value.kind == "interrupted"


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, {}),
        ({"tool_choice": "auto", "tools": TOOLS}, {}),
        ({"tool_choice": "none", "tools": TOOLS}, {"tool_choice": "NONE"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "other"}}, "tools": TOOLS},
            {"tool_choice": "REQUIRED", "tools": TOOLS[1:]},
        ),
        ({"tool_choice": {"type": "function"}, "tools": TOOLS}, {"tool_choice": "REQUIRED", "tools": []}),
        ({"response_format": {"type": "text"}}, {}),
        ({"response_format": {"type": "json_object"}}, {"response_format": {"type": "json_object"}}),
    ],
)
def test_the_fields_that_litellm_leaves_out(request_: dict[str, Any], fields: dict[str, Any]) -> None:
    assert request_fields(request_) == fields
