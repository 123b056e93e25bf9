"""Converts chat completions to generateContent and back: real traffic where present, and odd bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider.adapters import candidate_chunks, completion_of_candidate, contents_and_config
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.messages import normalised
from provider.errors import LLMProviderError
from provider.response import LLMResponse
from tests.corpus.plain_reading import Reading, reading
from tests.corpus.traffic import NO_TRAFFIC, body, event_data, recorded

CALLED = {"functionCall": {"name": "weather", "args": {"city": "Köln"}}}


def asked(*messages: dict[str, Any], **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return contents_and_config({"model": "m", "messages": normalised(messages, None), **options})


def saying(*parts: dict[str, Any], reason: str | None = "STOP", **fields: Any) -> dict[str, Any]:
    finish = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **finish}], **fields}


def streamed(*events: Any) -> LLMResponse:
    decoder = ChunkDecoder()
    for chunk in candidate_chunks(events):
        list(decoder.feed(chunk))
    list(decoder.flush())
    return decoder.finish()


def summary(answer: LLMResponse) -> Reading:
    calls = [(each["name"], json.loads(each["arguments"])) for each in answer.tool_calls]
    tokens = (answer.prompt_tokens, answer.completion_tokens)
    error = str(answer.error_kind) if answer.is_error else None
    return Reading(error=error) if error else Reading(answer.content, calls, answer.finish_reason, tokens)


@pytest.mark.parametrize("streaming", [False, True], ids=["whole", "streamed"])
def test_real_answers(streaming: bool) -> None:
    interactions = recorded(
        "google_gemini/*generate_content-*.json",
        lambda each: each["response"]["status"] == 200 and each["streaming"] is streaming,
    )
    if not interactions:
        pytest.skip(NO_TRAFFIC)
    for interaction in interactions:
        if streaming:
            answer = streamed(*event_data(interaction["response"]["body"]))
        else:
            answer = decode_completion(completion_of_candidate(body(interaction)))
        assert summary(answer) == reading(interaction, "gemini")


def test_every_part_of_an_answer_is_decoded() -> None:
    thought = {"text": "Hm.", "thought": True}
    counts = {"promptTokenCount": 6, "cachedContentTokenCount": 2, "candidatesTokenCount": 9}
    usage = {**counts, "thoughtsTokenCount": 3, "totalTokenCount": 18}
    whole = decode_completion(
        completion_of_candidate(saying(thought, {"text": "Hi"}, CALLED, usageMetadata=usage))
    )
    events = [saying(part, reason=None) for part in (thought, {"text": "H"}, {"text": "i"}, CALLED)]

    for answer in (whole, streamed(*events, saying(usageMetadata=usage))):
        assert (answer.content, answer.reasoning, answer.finish_reason) == ("Hi", "Hm.", "tool_calls")
        [call] = answer.tool_calls
        assert (call["name"], call["arguments"]) == ("weather", '{"city": "Köln"}')
        counts_of = (answer.prompt_tokens, answer.cached_prompt_tokens, answer.completion_tokens)
        assert counts_of == (6, 2, 12)


def test_a_signature_goes_back_with_the_part_that_it_came_with() -> None:
    signed = {**CALLED, "thoughtSignature": "Y2FsbA=="}
    whole = decode_completion(
        completion_of_candidate(saying({"text": "Hi", "thoughtSignature": "dGV4dA=="}, signed, CALLED))
    )

    whole.carried.origin = "gemini"
    contents, _ = contents_and_config({"messages": normalised([whole.as_message()], None, "gemini")})
    [content] = contents
    signatures = [part.get("thoughtSignature") for part in content["parts"]]
    assert signatures == ["dGV4dA==", "Y2FsbA==", None]


@pytest.mark.parametrize("odd", [None, [], "text", {}, {"candidates": None}, {"candidates": []}])
def test_a_body_that_is_not_an_answer_is_malformed(odd: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        completion_of_candidate(odd)
    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize("around", [lambda error: error, lambda error: [error]], ids=["alone", "in-a-list"])
def test_an_error_inside_a_200_is_reported(around: Any) -> None:
    error = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "The model is overloaded."}}
    with pytest.raises(LLMProviderError) as raised:
        completion_of_candidate(around(error))
    assert raised.value.kind == "overloaded"


def test_system_prompts_stand_beside_the_contents_and_parallel_results_in_one() -> None:
    calls = [
        {"id": id_, "type": "function", "function": {"name": f"get_{id_}", "arguments": "{}"}} for id_ in "ab"
    ]
    contents, config = asked(
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "a", "content": "one"},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
    )

    assert config == {"systemInstruction": {"parts": [{"text": "Be kind."}, {"text": "Be brief."}]}}
    assert [content["role"] for content in contents] == ["user", "model", "user"]
    results = [part["functionResponse"] for part in contents[-1]["parts"]]
    assert [(each["name"], each["response"]) for each in results] == [
        ("get_a", {"result": "one"}),
        ("get_b", {"result": "two"}),
    ]


def test_an_image_is_sent_inline_or_by_its_address() -> None:
    urls = ("data:image/png;base64,QUJD", "https://images.invalid/a.png")
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    [content], _ = asked({"role": "user", "content": [{"type": "text", "text": "See"}, *images]})

    assert content["parts"] == [
        {"text": "See"},
        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
        {"fileData": {"fileUri": "https://images.invalid/a.png"}},
    ]


NAMED = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (NAMED, {"mode": "ANY", "allowedFunctionNames": ["add"]}),
    ],
)
def test_a_tool_choice_is_a_mode(choice: Any, expected: dict[str, Any]) -> None:
    _, config = asked({"role": "user", "content": "Hello"}, tools=[NAMED], tool_choice=choice)
    assert config["toolConfig"] == {"functionCallingConfig": expected}
    assert config["tools"] == [{"functionDeclarations": [{"name": "add"}]}]


def test_options_have_the_names_of_gemini_and_unknown_ones_their_own() -> None:
    schema = {"type": "object"}
    _, config = asked(
        {"role": "user", "content": "Hello"},
        max_tokens=5,
        temperature=0,
        stop="END",
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
        thinking_config={"thinking_budget": 0},
    )

    assert config == {
        "maxOutputTokens": 5,
        "temperature": 0,
        "stopSequences": ["END"],
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
        "thinking_config": {"thinking_budget": 0},
    }
