"""Converting responses of OpenAI's to chat completions: odd bodies and events, and what is carried.

Unit tests: the scenarios ask the same of whole answers.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider.chat.carried import ITEMS
from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.responses import ResponseChunks, completion
from provider.chat.streams import EventChunks
from provider.errors import LLMProviderError
from provider.response import LLMResponse

MESSAGE = {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": "Hi"}]}
CUSTOM = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_1", "name": "run", "input": "print(1)"}


def response(*items: Any, **fields: Any) -> dict[str, Any]:
    return {"object": "response", "status": "completed", "output": list(items), **fields}


def streamed(*events: Any, decoder: ChunkDecoder | None = None) -> LLMResponse:
    data = b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)
    chunks = ResponseChunks(EventChunks("text/event-stream", iter([data]), lambda: None))
    decoder = decoder or ChunkDecoder()
    for chunk in chunks:
        list(decoder.feed(chunk))
    decoder.terminated = chunks.terminated
    list(decoder.flush())
    return decoder.finish()


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


@pytest.mark.parametrize("odd", [None, [], "text", {}, {"output": None}, {"output": "text"}])
def test_a_body_that_is_not_a_response_is_malformed(odd: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        completion(odd)
    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize(
    "odd", [None, 7, "text", [], [7], {}, {"type": []}, {"content": 7}, {"summary": [7]}]
)
def test_any_item_and_any_event_is_read(odd: Any) -> None:
    for kind in ("message", "reasoning", "function_call", "custom_tool_call"):
        item = {**odd, "type": odd.get("type", kind)} if isinstance(odd, dict) else odd
        for each in (
            item,
            {"type": kind, "content": odd, "summary": odd, "arguments": "", "name": "", "id": odd},
        ):
            assert decode_completion(completion(response(MESSAGE, each))).content == "Hi"
    for kind in (
        "output_item.added",
        "output_text.delta",
        "reasoning_text.delta",
        "function_call_arguments.delta",
    ):
        strange = event(kind, output_index=odd, item_id=odd, item=odd, delta=[odd])
        assert streamed(strange, event("completed", response=response(MESSAGE))).content == "Hi"


@pytest.mark.parametrize("odd", [7, [], "text"])
def test_an_event_that_is_not_an_object_is_malformed(odd: Any) -> None:
    with pytest.raises(LLMProviderError) as raised:
        streamed(odd)
    assert raised.value.kind == "malformed_response"


@pytest.mark.parametrize("kind", ["completed", "incomplete"])
def test_the_last_event_ends_the_answer_without_a_response_in_it(kind: str) -> None:
    read = streamed(event("output_text.delta", delta="Hi"), event(kind))
    assert (read.content, read.finish_reason) == ("Hi", {"completed": "stop"}.get(kind, kind))


@pytest.mark.parametrize(
    ("status", "reason"),
    [("completed", "stop"), ("in_progress", "stop"), (None, "stop"), ([], "stop"), ("incomplete", "length")],
)
def test_a_completed_stream_is_cut_only_if_its_response_says_so(status: Any, reason: str) -> None:
    details = {"incomplete_details": {"reason": "max_output_tokens"}}
    end = event("completed", response={**response(MESSAGE, **details), "status": status})
    assert streamed(end).finish_reason == reason


def test_a_custom_tool_is_called() -> None:
    added, delta = (
        {**CUSTOM, "input": ""},
        event("custom_tool_call_input.delta", output_index=0, delta="print(1)"),
    )
    end = event("completed", response=response())
    for read in (
        decode_completion(completion(response(CUSTOM))),
        streamed(event("output_item.added", output_index=0, item=added), delta, end),
    ):
        assert read.tool_calls == [{"id": "call_1", "name": "run", "arguments": "print(1)"}]
        assert read.finish_reason == "tool_calls"


def test_a_text_is_not_told_again_where_the_end_says_another() -> None:
    read = streamed(event("output_text.delta", delta="A"), event("completed", response=response(MESSAGE)))
    assert read.content == "A"


@pytest.mark.parametrize("kind", ["reasoning_text", "reasoning_summary_text"])
def test_a_cut_stream_keeps_its_reasoning(kind: str) -> None:
    decoder = ChunkDecoder()
    with pytest.raises(LLMProviderError):
        streamed(event(f"{kind}.delta", delta="So."), decoder=decoder)
    assert decoder.response.reasoning == "So."


def test_an_empty_part_of_reasoning_is_no_paragraph() -> None:
    parts = [{"text": text} for text in ("First.", "", 7, "Then.")]
    body = response({"type": "reasoning", "summary": parts[:2], "content": parts[2:]}, MESSAGE)
    assert decode_completion(completion(body)).reasoning == "First.\n\nThen."


@pytest.mark.parametrize(
    ("items", "is_carried"),
    [
        ([MESSAGE], False),
        ([{**MESSAGE, "phase": "commentary"}], True),
        ([{"type": "reasoning"}, MESSAGE], True),
    ],
)
def test_items_are_carried_where_a_message_cannot_say_them(items: list[Any], is_carried: bool) -> None:
    end = event("completed", response=response(*items))
    for read in (decode_completion(completion(response(*items))), streamed(end)):
        message = read.as_message()
        assert message.get(ITEMS) == (items if is_carried else None)
        assert set(message) <= {"role", "content", ITEMS}
