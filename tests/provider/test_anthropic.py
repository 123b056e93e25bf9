"""Converts chat completions to Anthropic's messages and back: real traffic where present, and odd bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider.adapters.anthropic import MOST_TOKENS, completion_of, messages_request
from provider.adapters.streams import text_chunks
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.errors import LLMProviderError
from provider.response import LLMResponse
from tests.corpus.plain_reading import reading
from tests.corpus.traffic import NO_TRAFFIC, body, recorded

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
SOURCE = {"type": "base64", "media_type": "image/png", "data": "QUJD"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}


def traffic() -> list[dict[str, Any]]:
    def is_answer(interaction: dict[str, Any]) -> bool:
        return bool(interaction["response"]["status"] == 200 and body(interaction).get("type") == "message")

    interactions = recorded("anthropic/messages-json-*.json", is_answer)
    if not interactions:
        pytest.skip(NO_TRAFFIC)
    return interactions


def asked(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return messages_request(
        {"model": "m", "messages": [{"content": None, **each} for each in messages], **fields}
    )


def message(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(blocks), **fields}


def call(number: str, arguments: str = "{}") -> dict[str, Any]:
    return {"id": number, "type": "function", "function": {"name": "weather", "arguments": arguments}}


def result(number: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": number, "content": content}


def streamed(texts: list[str], answer: dict[str, Any]) -> LLMResponse:
    decoder = ChunkDecoder()
    for chunk in text_chunks(texts, lambda: completion_of(answer)):
        list(decoder.feed(chunk))
    list(decoder.flush())
    return decoder.finish()


def test_real_answers() -> None:
    for interaction in traffic():
        answer, plain = decode_completion(completion_of(body(interaction))), reading(interaction, "anthropic")
        assert (answer.content, answer.finish_reason) == (plain.text, plain.finish)
        assert [(each["name"], json.loads(each["arguments"])) for each in answer.tool_calls] == plain.calls
        assert (answer.prompt_tokens, answer.completion_tokens) == plain.tokens


def test_every_part_of_an_answer_is_decoded() -> None:
    use = {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Köln"}}
    usage = {
        "input_tokens": 3,
        "cache_read_input_tokens": 2,
        "cache_creation_input_tokens": 1,
        "output_tokens": 9,
    }
    answer = message(THOUGHT, {"type": "text", "text": "Hi"}, use, stop_reason="tool_use", usage=usage)

    for response in (decode_completion(completion_of(answer)), streamed(["H", "i"], answer)):
        assert (response.content, response.reasoning, response.finish_reason) == ("Hi", "Hm.", "tool_calls")
        assert response.tool_calls == [{"id": "a", "name": "weather", "arguments": '{"city": "Köln"}'}]
        assert response.provider_state == {"thinking_blocks": [THOUGHT]}
        assert (response.prompt_tokens, response.cached_prompt_tokens, response.completion_tokens) == (
            6,
            2,
            9,
        )


@pytest.mark.parametrize("odd", [None, [], "text", {}, {"content": None}, {"content": "text"}])
def test_a_body_that_is_not_an_answer_is_malformed(odd: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        completion_of(odd)
    assert raised.value.kind == "malformed_response"


def test_an_error_inside_a_200_is_reported() -> None:
    with pytest.raises(LLMProviderError) as raised:
        completion_of({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert raised.value.kind == "overloaded"


def test_the_system_prompt_stands_beside_the_messages() -> None:
    sent = asked(
        {"role": "system", "content": "Be kind."},
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "content": "Hello"},
    )

    assert sent["system"] == "Be kind.\n\nBe brief."
    assert sent["messages"] == [{"role": "user", "content": "Hello"}]


def test_calls_and_their_results_are_blocks_and_all_results_are_one_turn() -> None:
    calling = {"role": "assistant", "tool_calls": [call("a", '{"city": "Rome"}'), call("b")]}
    sent = asked(
        {**calling, "thinking_blocks": [THOUGHT], "content": "Both."},
        result("a", "warm"),
        result("b", [IMAGE]),
        {"role": "user", "content": "And?"},
        {**calling, "tool_calls": [call("c")]},
        result("c", "cold"),
    )["messages"]

    assert [turn["role"] for turn in sent] == ["assistant", "user", "user", "assistant", "user"]
    assert sent[0]["content"] == [
        THOUGHT,
        {"type": "text", "text": "Both."},
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Rome"}},
        {"type": "tool_use", "id": "b", "name": "weather", "input": {}},
    ]
    assert sent[1]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "warm"},
        {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "image", "source": SOURCE}]},
    ]
    assert [block["type"] for block in sent[3]["content"]] == ["tool_use"]
    assert [block["tool_use_id"] for block in sent[4]["content"]] == ["c"]


def test_images_are_blocks_with_a_source() -> None:
    address = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    part = {"type": "text", "text": "See:"}
    [turn] = asked({"role": "user", "content": [part, IMAGE, address]})["messages"]

    assert turn["content"] == [
        part,
        {"type": "image", "source": SOURCE},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
    ]


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": "none"}, {"type": "none"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
            {"type": "tool", "name": "weather"},
        ),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": True}, None),
    ],
)
def test_tools_and_the_choice_among_them(given: dict[str, Any], choice: dict[str, Any] | None) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tool = {
        "type": "function",
        "function": {"name": "weather", "description": "Of now", "parameters": schema},
    }
    own = {"type": "web_search_20250305", "name": "web_search"}

    sent = asked({"role": "user", "content": "Hi"}, tools=[tool, own], **given)

    assert sent["tools"] == [{"name": "weather", "description": "Of now", "input_schema": schema}, own]
    assert sent.get("tool_choice") == choice
    assert "parallel_tool_calls" not in sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"max_tokens": MOST_TOKENS}),
        ({"max_completion_tokens": 7}, {"max_tokens": 7}),
        ({"stop": "."}, {"max_tokens": MOST_TOKENS, "stop_sequences": ["."]}),
        (
            {"temperature": 0, "timeout": 3, "max_tokens": 9},
            {"temperature": 0, "timeout": 3, "max_tokens": 9},
        ),
    ],
)
def test_parameters_are_renamed_or_kept(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert asked({"role": "user", "content": "Hi"}, **given) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        **sent,
    }
