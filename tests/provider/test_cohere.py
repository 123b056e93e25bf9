"""Converting Cohere's answers to chat completions: real traffic where present, and odd bodies."""

from __future__ import annotations

from typing import Any

import pytest

from provider.chat.decoding import ChunkDecoder
from provider.chat.streams import EventChunks
from provider.errors import LLMProviderError
from provider.litellm.chunks import ConvertedChunks
from provider.litellm.wires.cohere import chunks as chunks_of
from provider.litellm.wires.cohere import completion, request_fields
from provider.response import LLMResponse

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("one", "other")]


def streamed(data: bytes, content_type: str = "text/event-stream") -> LLMResponse:
    chunks = ConvertedChunks(EventChunks(content_type, iter([data]), lambda: None), chunks_of)
    decoder = ChunkDecoder()
    for chunk in chunks:
        list(decoder.feed(chunk))
    decoder.terminated = chunks.terminated
    list(decoder.flush())
    return decoder.finish()


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
