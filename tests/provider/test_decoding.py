"""Decoding chat completions and their chunks, beyond what the scenarios ask of every backend.

No recording tests: no server sends these bodies on demand, and the first two are properties of all bodies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.servers.scripted.raw import chunk, completion, text
from provider import LLMProviderError, LLMResponse
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.json_values import whole_characters

FIELDS = [
    *("choices", "message", "delta", "content", "text", "refusal", "reasoning", "thinking", "finish_reason"),
    *("tool_calls", "function", "id", "name", "arguments", "index", "thinking_blocks", "signature"),
    *("usage", "prompt_tokens", "completion_tokens", "prompt_tokens_details", "cached_tokens"),
    *("error", "code", "type", "message", "object"),
]
WORDS = ["text", "thinking", "error", "stop", "content_filter", "<think>", "</think>", "429", ""]
texts = st.text(st.characters())
"""Including lone surrogates, which JSON may contain."""
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=16,
)
messages = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6)


def message(content: Any, **fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **fields}


def streamed(chunks: Iterable[Any]) -> tuple[list[str], LLMResponse]:
    """The deltas and the response of a stream that ends without its terminator."""
    decoder = ChunkDecoder()
    deltas = [delta for each in chunks for delta in decoder.feed(each)]
    deltas += decoder.flush()
    return deltas, decoder.finish()


@given(body=json_values | st.builds(completion, json_values | messages, json_values, usage=json_values))
@example(body=completion(message("", thinking_blocks=[{"type": "thinking", "thinking": 7}])))
def test_any_body_is_an_answer_or_an_error_of_the_contract(body: Any) -> None:
    with contextlib.suppress(LLMProviderError):
        is_well_formed(decode_completion(body))


@given(chunks=st.lists(json_values | st.builds(chunk, messages, json_values, usage=json_values), max_size=5))
@example(chunks=[chunk({"thinking_blocks": [{"type": "thinking", "thinking": each}]}) for each in ("a", 7)])
def test_any_chunks_are_an_answer_or_an_error_of_the_contract(chunks: list[Any]) -> None:
    with contextlib.suppress(LLMProviderError):
        deltas, response = streamed(chunks)
        assert "".join(deltas) == response.content
        is_well_formed(response)


def is_well_formed(response: LLMResponse) -> None:
    """Every text has whole characters only, though half of one may be sent."""
    for whole in (response.content, response.reasoning):
        whole.encode()
    for call in response.tool_calls:
        assert call["id"]
        assert call["name"]
        for part in (call["id"], call["name"], call["arguments"]):
            part.encode()


@pytest.mark.parametrize(
    "body", [{"choices": {}}, {"choices": [None]}, completion("Hello"), {"choices": [{"text": ""}]}], ids=repr
)
def test_a_body_without_a_message_is_malformed(body: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        decode_completion(body)

    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], ""),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], "Hello"),
        ([{"type": "output_text", "text": "Hello"}], "Hello"),
        ([{"text": "Hello"}], "Hello"),
        ([{"type": "text", "text": "Hello"}, {"type": "image_url"}, None, " there"], "Hello there"),
        ([{"type": "text", "text": None}], ""),
    ],
    ids=repr,
)
def test_content_is_the_text_of_its_parts(content: Any, expected: str) -> None:
    assert decode_completion(completion(message(content))).content == expected
    assert streamed([text(content, "stop")])[1].content == expected


UNREAD: list[dict[str, Any]] = [
    message(None, audio={"id": "audio_1", "data": "UklGRg=="}),
    message([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]),
    message(7),
]


@pytest.mark.parametrize("body", UNREAD, ids=repr)
def test_an_answer_of_which_nothing_is_understood_is_malformed(body: dict[str, Any]) -> None:
    for read in (
        lambda: decode_completion(completion(body)),
        lambda: streamed([chunk(body), chunk({}, "stop")]),
        lambda: streamed([chunk({}), {"choices": [{"message": body, "finish_reason": "stop"}]}]),
    ):
        with pytest.raises(LLMProviderError) as raised:
            read()

        assert raised.value.kind == "malformed_response"


@given(text=st.text("a😀\ud83d\ude00b"), cuts=st.lists(st.integers(0, 20)))
def test_a_character_is_whole_however_its_halves_are_cut(text: str, cuts: list[int]) -> None:
    units = text.encode("utf-16-be", "surrogatepass")
    halves = "".join(chr(int.from_bytes(units[start : start + 2])) for start in range(0, len(units), 2))
    places = sorted({min(cut, len(halves)) for cut in cuts} | {0, len(halves)})
    pieces = [halves[start:end] for start, end in pairwise(places)]

    deltas, response = streamed(
        [*(chunk({"content": each, "reasoning": each}) for each in pieces), chunk({}, "stop")]
    )

    whole = whole_characters(text)
    assert "".join(deltas) == response.content == response.reasoning == whole
    assert decode_completion(completion(message(text))).content == whole


def test_an_error_beside_a_choice_is_raised() -> None:
    body = completion(message(""), error={"message": "slow down", "type": "rate_limit_error"})
    for read in (decode_completion, lambda chunk: list(ChunkDecoder().feed(chunk))):
        with pytest.raises(LLMProviderError) as raised:
            read(body)

        assert raised.value.kind == "rate_limit"


@pytest.mark.parametrize("absent", [None, "", {}, False])
def test_an_empty_error_field_is_ignored(absent: Any) -> None:
    assert decode_completion(completion(message("Hello"), error=absent)).content == "Hello"


@pytest.mark.parametrize("calls", [[], [{"index": 0, "id": "a", "function": {"name": "f"}}]], ids=len)
def test_requested_json_in_the_reasoning_is_the_answer_unless_there_is_a_call(calls: Any) -> None:
    """LM Studio sends a requested object as reasoning; beside a call it is what the model thought."""
    request = {"response_format": {"type": "json_object"}}
    body = {"content": "", "reasoning_content": "{}", "tool_calls": calls}
    decoder = ChunkDecoder()
    list(decoder.feed(chunk(body, "stop")))
    list(decoder.flush())

    whole = decode_completion(completion(body), request)
    deltas = list(decoder.answer_in_reasoning(request))

    assert whole.content == "".join(deltas) == ("" if calls else "{}")


@pytest.mark.parametrize(
    "calls", [{}, "f", [None], [{}], [{"id": "a"}], [{"id": "a", "function": None}]], ids=repr
)
def test_malformed_tool_calls_are_ignored(calls: Any) -> None:
    whole = decode_completion(completion(message("Hello", tool_calls=calls)))
    _, joined = streamed([chunk(message("Hello", tool_calls=calls), "stop")])

    assert whole.tool_calls == joined.tool_calls == []


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": None, "completion_tokens": "five"},
        {"prompt_tokens": -1},
        {"prompt_tokens": True},
        [],
    ],
)
def test_malformed_token_counts_are_ignored(usage: Any) -> None:
    whole = decode_completion(completion(message(""), usage=usage))
    _, joined = streamed([text("", "stop", usage={"prompt_tokens": 3}), {"choices": [], "usage": usage}])

    assert (whole.prompt_tokens, whole.completion_tokens) == (None, None)
    assert (joined.prompt_tokens, joined.completion_tokens) == (3, None)


def test_halves_of_characters_are_joined_in_all_that_is_carried() -> None:
    """In fields of the message and of a call, in names, and in the finish reason."""
    call = {"id": "a", "function": {"name": "f", "arguments": "{}"}, "extra": {"k\ud83d": "v\ud83d"}}
    chunks = [{"reasoning_content": "\ud83d"}, {"reasoning_content": "\ude00"}, {"tool_calls": [call]}]
    choices = [{"delta": delta} for delta in chunks]
    _, response = streamed([{"choices": [choice]} for choice in (*choices, {"finish_reason": "st\ud83d"})])

    message = response.as_message()
    assert message["reasoning_content"] == response.reasoning == "😀"
    assert message["tool_calls"][0]["extra"] == {"k\ufffd": "v\ufffd"}
    assert response.finish_reason == "st\ufffd"
