"""Decoding chat completions and their chunks, as servers really send them.

No recording tests: no server sends most of these bodies on demand.
"""

from __future__ import annotations

from typing import Any

import pytest

from provider import ErrorKind, LLMProviderError
from provider.chat.decoding import ChunkDecoder, decode_completion
from tests.provider.bodies import chunk, completion, said, streamed, text

OVERFLOW = {
    "error": {
        "code": 400,
        "message": "the request exceeds the available context size, try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 5012,
        "n_ctx": 4096,
    }
}
"""An error of llama.cpp, which also comes inside a 200 once a stream has begun."""


@pytest.mark.parametrize(
    "body",
    [
        {"choices": None},
        {"choices": []},
        {"choices": {}},
        {"choices": [None]},
        {"choices": ["text"]},
        {"object": "chat.completion"},
        {},
        [],
        None,
        "Hello",
        42,
        completion(None),
        completion("Hello"),
        {"choices": [{"text": "Hello"}]},
    ],
    ids=repr,
)
def test_a_body_without_a_message_is_malformed(body: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        decode_completion(body)

    assert raised.value.kind is ErrorKind.MALFORMED_RESPONSE


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, ""),
        ("", ""),
        ("Hello", "Hello"),
        ([], ""),
        ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], "Hello"),
        ([{"type": "output_text", "text": "Hello"}], "Hello"),
        ([{"text": "Hello"}], "Hello"),
        ([{"type": "text", "text": None}, {"type": "image_url"}, None, "loose"], ""),
        (7, ""),
    ],
    ids=repr,
)
def test_content_is_text_whatever_holds_it(content: Any, expected: str) -> None:
    assert decode_completion(completion(said(content))).content == expected
    assert streamed([text(content, "stop")])[1].content == expected


def test_thinking_parts_are_reasoning_and_no_content() -> None:
    """Mistral's reasoning models answer in parts."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]}
    parts = [thinking, {"type": "text", "text": "4"}]

    for response in (decode_completion(completion(said(parts))), streamed([text(parts, "stop")])[1]):
        assert (response.reasoning, response.content) == ("2 and 2", "4")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_read_from_either_field(field: str) -> None:
    whole = decode_completion(completion({**said("4"), field: "2 and 2"}))
    _, joined = streamed([chunk({field: "2 "}), chunk({field: "and 2"}), text("4", "stop")])

    assert (whole.reasoning, whole.content) == (joined.reasoning, joined.content) == ("2 and 2", "4")


def test_a_refusal_is_content() -> None:
    refusal = {"content": None, "refusal": "I cannot help with that."}

    assert decode_completion(completion(refusal)).content == "I cannot help with that."
    assert streamed([chunk(refusal, "stop")])[0] == ["I cannot help with that."]


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "slow down", "code": 429}},
        {"error": "Too many requests"},
        [{"error": {"message": "slow down", "code": 429, "status": "RESOURCE_EXHAUSTED"}}],
        {"object": "error", "message": "slow down", "code": 429},
        {**completion(said("")), "error": {"message": "slow down", "type": "rate_limit_error"}},
    ],
    ids=["object", "string", "list", "flat", "beside choices"],
)
def test_an_error_inside_a_200_is_raised(body: Any) -> None:
    for read in (decode_completion, lambda chunk: list(ChunkDecoder().feed(chunk))):
        with pytest.raises(LLMProviderError) as raised:
            read(body)

        assert raised.value.kind is ErrorKind.RATE_LIMIT


@pytest.mark.parametrize("absent", [None, "", {}, False])
def test_an_empty_error_field_is_no_error(absent: Any) -> None:
    assert decode_completion(completion(said("Hello"), error=absent)).content == "Hello"


def test_an_overflow_inside_a_200_is_a_context_limit() -> None:
    for read in (decode_completion, lambda chunk: list(ChunkDecoder().feed(chunk))):
        with pytest.raises(LLMProviderError) as raised:
            read(OVERFLOW)

        assert raised.value.code == "context_limit"


@pytest.mark.parametrize(("reason", "kind"), [("content_filter", "content_filter"), ("error", "server")])
def test_a_finish_reason_may_be_a_failure_and_the_text_is_kept(reason: str, kind: str) -> None:
    for response in (
        decode_completion(completion(said("Half of"), reason)),
        streamed([text("Half of"), chunk({}, reason)])[1],
    ):
        assert (response.error_code, response.error_kind) == ("provider_error", kind)
        assert (response.finish_reason, response.content) == (reason, "Half of")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("length", "length"), ("eos_token", "eos_token"), (None, None), ("", None), (3, None)],
)
def test_another_finish_reason_is_passed_on(reason: Any, expected: str | None) -> None:
    whole = decode_completion(completion(said("Hello"), reason))
    _, joined = streamed([text("Hello", reason)], terminated=True)

    assert whole.finish_reason == joined.finish_reason == expected
    assert not whole.is_error
    assert not joined.is_error


def test_calls_of_one_body_stay_apart_though_their_ids_are_the_same() -> None:
    calls = [{"id": "same", "function": {"name": "f", "arguments": f"[{number}]"}} for number in (1, 2)]

    response = decode_completion(completion({**said(None), "tool_calls": calls}, "tool_calls"))

    assert [call["arguments"] for call in response.tool_calls] == ["[1]", "[2]"]
    assert len({call["id"] for call in response.tool_calls}) == 2


@pytest.mark.parametrize("calls", [[], [{"index": 0, "id": "a", "function": {"name": "f"}}]], ids=len)
def test_json_in_the_reasoning_is_the_answer_unless_there_is_a_call(calls: Any) -> None:
    """LM Studio sends a requested object as reasoning; beside a call it is what the model thought."""
    request = {"response_format": {"type": "json_object"}}
    message = {"content": "", "reasoning_content": "{}", "tool_calls": calls}
    decoder = ChunkDecoder()
    list(decoder.feed(chunk(message, "stop")))

    whole = decode_completion(completion(message), request)
    deltas = list(decoder.answer_in_reasoning(request))

    assert whole.content == "".join(deltas) == ("" if calls else "{}")


@pytest.mark.parametrize(
    "calls", [None, [], {}, "f", [None], [{}], [{"id": "a"}], [{"id": "a", "function": None}]], ids=repr
)
def test_what_is_not_a_tool_call_is_ignored(calls: Any) -> None:
    whole = decode_completion(completion({**said("Hello"), "tool_calls": calls}))
    _, joined = streamed([chunk({"content": "Hello", "tool_calls": calls}, "stop")])

    assert whole.tool_calls == joined.tool_calls == []


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 12, "completion_tokens": 5}, (12, 5, 0)),
        ({"prompt_tokens": 12, "completion_tokens": 5, "prompt_tokens_details": None}, (12, 5, 0)),
        ({"prompt_tokens": 12, "prompt_tokens_details": {"cached_tokens": 8}}, (12, 0, 8)),
        ({"prompt_tokens": 12, "prompt_tokens_details": {"cached_tokens": None}}, (12, 0, 0)),
        ({"prompt_tokens": 12, "prompt_cache_hit_tokens": 8}, (12, 0, 8)),  # DeepSeek
        ({"prompt_tokens": None, "completion_tokens": "5"}, (0, 0, 0)),
        ({"prompt_tokens": -1, "completion_tokens": True}, (0, 0, 0)),
        (None, (0, 0, 0)),
        ([], (0, 0, 0)),
    ],
)
def test_usage_is_read_where_it_is_well_formed(usage: Any, tokens: tuple[int, int, int]) -> None:
    whole = decode_completion(completion(said(""), usage=usage))
    _, joined = streamed([text("", "stop"), {"choices": [], "usage": usage}])

    for response in (whole, joined):
        counts = (response.prompt_tokens, response.completion_tokens, response.cached_prompt_tokens)
        assert counts == tokens
