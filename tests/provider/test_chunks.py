"""Decoding the chunks of a streamed chat completion, as servers really send them.

No recording tests: no server sends most of these chunks on demand.
"""

from __future__ import annotations

from typing import Any

import pytest

from provider import ErrorKind, LLMProviderError
from provider.adapters.streams import ParsedChunks
from provider.chat.decoding import ChunkDecoder
from tests.provider.bodies import chunk, streamed, text


def test_the_last_usage_of_a_stream_wins_and_null_erases_nothing() -> None:
    """Some servers count up in every chunk, and send null or half of it in the last."""
    counted = [{"prompt_tokens": 12, "completion_tokens": number} for number in (1, 2)]
    nothing = [{"usage": None}, {"usage": {"prompt_tokens": None, "completion_tokens": 3}}]

    _, response = streamed([text("a", usage=counted[0]), text("b", "stop", usage=counted[1]), *nothing])

    assert (response.prompt_tokens, response.completion_tokens) == (12, 3)


def test_a_first_chunk_without_choices_is_passed_over() -> None:
    """Azure's first chunk has the result of its filter for the prompt."""
    filtered = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}

    assert streamed([filtered, text("Hello"), chunk({}, "stop")])[0] == ["Hello"]


def test_text_in_the_chunk_with_the_finish_reason_is_kept() -> None:
    deltas, response = streamed([text("Hel"), text("lo", "stop")])

    assert deltas == ["Hel", "lo"]
    assert response.content == "Hello"


@pytest.mark.parametrize("delta", [None, [], "text", 7])
def test_a_delta_that_is_no_object_adds_nothing(delta: Any) -> None:
    assert streamed([text("Hello"), chunk(delta, "stop")])[1].content == "Hello"


def test_a_terminator_without_a_finish_reason_is_complete() -> None:
    deltas, response = streamed([text("Hello")], terminated=True)

    assert (deltas, response.finish_reason, response.error) == (["Hello"], None, None)


@pytest.mark.parametrize("reason", ["tool_calls", "stop", "length"])
def test_tool_calls_are_kept_whatever_the_finish_reason(reason: str) -> None:
    """BerriAI/litellm#12862, NousResearch/hermes-agent#35151: a cut call is shown as it was cut."""
    cut = {"index": 0, "id": "a", "function": {"name": "delete", "arguments": '{"path": "/'}}

    _, response = streamed([chunk({"tool_calls": [cut]}), chunk({}, reason)])

    assert response.tool_calls == [{"id": "a", "name": "delete", "arguments": '{"path": "/'}]
    assert response.finish_reason == reason


def test_neither_finish_reason_nor_terminator_is_interrupted() -> None:
    """The text is kept; an incomplete tool call is dropped."""
    half = {"index": 0, "id": "a", "function": {"name": "delete", "arguments": '{"path": "/'}}
    decoder = ChunkDecoder()
    deltas = [
        *decoder.feed(text("I will ")),
        *decoder.feed(chunk({"tool_calls": [half]})),
    ]

    with pytest.raises(LLMProviderError) as raised:
        decoder.finish()

    assert raised.value.kind is ErrorKind.INTERRUPTED
    assert (deltas, decoder.response.content) == (["I will "], "I will ")
    assert decoder.response.tool_calls == []


def test_chunks_that_a_library_has_parsed_are_passed_on() -> None:
    said = [text("Hello"), chunk({}, "stop")]
    closed: list[str] = []
    chunks = ParsedChunks(iter(said), lambda: closed.append("closed"), "application/json; charset=utf-8")

    assert list(chunks) == said
    assert chunks.terminated is False
    chunks.close()
    assert closed == ["closed"]


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json"])
def test_no_chunk_of_a_body_that_is_no_stream_is_malformed(content_type: str) -> None:
    with pytest.raises(LLMProviderError) as raised:
        list(ParsedChunks([], lambda: None, content_type))

    assert raised.value.kind is ErrorKind.MALFORMED_RESPONSE


@pytest.mark.parametrize("content_type", ["text/event-stream", ""])
def test_no_chunk_of_a_stream_is_left_to_the_decoder(content_type: str) -> None:
    """The decoder says that the stream was interrupted."""
    assert list(ParsedChunks([], lambda: None, content_type)) == []
