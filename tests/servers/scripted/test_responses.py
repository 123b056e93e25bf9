"""The dialect of Responses on its own: what it sends is what OpenAI's SDK calls a response and its events."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from conformance.servers.scripted import Request
from conformance.servers.scripted.dialects import Usage, dialect
from conformance.servers.scripted.dialects.response_items import events_of, message, part, reasoning, response
from conformance.spec.dialogue import Answer, text, tools

WIRE = dialect("responses")
EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
USED = Usage(30, 7, 20)

ITEMS = {
    "text": [message([part("output_text", "Hello")])],
    "refusal": [message([part("output_text", "Well. "), part("refusal", "I cannot help.")])],
    "reasoning": [reasoning("Let me think."), message([part("output_text", "Yes.")])],
    "open-reasoning": [
        {"id": "rs_1", "type": "reasoning", "summary": [], "content": [part("reasoning_text", "So.")]}
    ],
    "web-search": [
        {
            "id": "ws_1",
            "type": "web_search_call",
            "status": "completed",
            "action": {"type": "search", "query": "weather"},
        }
    ],
}


def data_of(events: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(event.partition(b"\ndata: ")[2]) for event in events]


@pytest.mark.parametrize(
    "answer",
    [
        text.GREETING.answer,
        tools.PARALLEL.answer,
        Answer("One moment.", calls=(tools.PARIS,), reasoning="So."),
    ],
)
@pytest.mark.parametrize("reason", [None, "length", "content_filter"])
def test_the_sdk_knows_the_body_and_the_events_of_an_answer(answer: Answer, reason: str | None) -> None:
    Response.model_validate(WIRE.completion(answer, usage=USED, finish_reason=reason), strict=True)
    for data in data_of(WIRE.events(answer, usage=USED, finish_reason=reason)):
        EVENT.validate_python(data, strict=True)


@pytest.mark.parametrize("items", ITEMS.values(), ids=ITEMS)
def test_the_sdk_knows_every_item(items: list[dict[str, Any]]) -> None:
    Response.model_validate(response(items), strict=True)
    for data in data_of(events_of(items)):
        EVENT.validate_python(data, strict=True)


def test_the_sdk_knows_a_failure() -> None:
    [data] = data_of([WIRE.error_event("rate_limit")])
    EVENT.validate_python(data, strict=True)
    assert data["response"]["error"]["code"] == "rate_limit_exceeded"


def test_the_deltas_and_every_done_say_the_same() -> None:
    answer = Answer("I will look it up.", calls=tools.PARALLEL.answer.calls, reasoning="Both cities.")
    events = data_of(WIRE.events(answer))

    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    output = events[-1]["response"]["output"]
    assert [event["item"] for event in events if event["type"] == "response.output_item.done"] == output
    for done in events:
        kind, _, is_done = done["type"].rpartition(".")
        whole = [done[field] for field in ("text", "arguments") if field in done]
        if is_done == "done" and whole:
            place = done["output_index"]
            deltas = [
                event["delta"]
                for event in events
                if event["type"] == f"{kind}.delta" and event["output_index"] == place
            ]
            assert ["".join(deltas)] == whole


def test_the_cached_and_the_reasoning_tokens_are_counted() -> None:
    usage = WIRE.completion(Answer("a"), usage=USED)["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 20
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (30, 7, 37)
    assert usage["output_tokens_details"] == {"reasoning_tokens": 3}


@pytest.mark.parametrize(
    ("asked", "prompt"),
    [
        ("last", "last"),
        ([{"role": "user", "content": "first"}, {"role": "user", "content": "last"}], "last"),
        (
            [
                {"role": "user", "content": [{"type": "input_text", "text": "last"}]},
                {"type": "function_call_output", "call_id": "call_1", "output": "no"},
                {
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}],
                },
                {"role": "assistant", "content": [{"type": "output_text", "text": "no"}]},
            ],
            "last",
        ),
    ],
)
def test_a_request_is_read(asked: Any, prompt: str) -> None:
    tool = {"type": "function", "name": "add"}
    body = {"input": asked, "tools": [tool], "tool_choice": tool, "stream": True}
    request = Request(
        "POST", "/v1/responses", httpx.QueryParams(), httpx.Headers(), json.dumps(body).encode(), 0.0, 1
    )

    assert WIRE.is_chat(request)
    assert WIRE.wants_stream(request)
    assert WIRE.prompt_of(request) == prompt
    assert (WIRE.tool_names(request), WIRE.tool_choice(request)) == (["add"], "add")
    if len(asked) == 4 and isinstance(asked, list):
        assert WIRE.images(request) == [("image/png", b"\0")]
