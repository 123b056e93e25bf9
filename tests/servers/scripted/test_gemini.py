"""Google's dialects: signatures and counts; and real traffic has the same structure."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

import httpx
import pytest

from conformance.servers.scripted import Request
from conformance.servers.scripted.dialects import DIALECTS, ErrorKind, Usage
from conformance.servers.scripted.dialects.gemini import Gemini
from conformance.spec.dialogue import Answer, text, tools
from tests.corpus.traffic import NO_TRAFFIC, Structure, body, event_data, recorded

GOOGLE = {name: wire for name, wire in DIALECTS.items() if isinstance(wire, Gemini)}
every_dialect = pytest.mark.parametrize("name", GOOGLE)


@every_dialect
def test_lines_end_with_crlf(name: str) -> None:
    for event in GOOGLE[name].events(text.LINE_SEPARATORS.answer):
        assert event.endswith(b"}\r\n\r\n")
        assert event.count(b"\n") == 2


@every_dialect
@pytest.mark.parametrize("answer", [tools.PARALLEL.answer, Answer("Yes.", reasoning="It is.")])
def test_one_part_is_signed(name: str, answer: Answer) -> None:
    """The first call, or the text; and another answer has another signature."""
    [signature] = GOOGLE[name].opaque(answer)
    assert json.dumps(GOOGLE[name].completion(answer)).count(signature) == 1
    assert b"".join(GOOGLE[name].events(answer)).count(signature.encode()) == 1
    assert GOOGLE[name].opaque(Answer("No.", reasoning="It is not.")) != [signature]
    assert GOOGLE[name].opaque(Answer("Yes.")) == []


@every_dialect
def test_thoughts_are_counted_beside_the_candidates(name: str) -> None:
    counts = GOOGLE[name].completion(Answer("a", reasoning="b"), usage=Usage(30, 7, 20))["usageMetadata"]
    fields = ("promptTokenCount", "cachedContentTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    assert [counts[field] for field in (*fields, "totalTokenCount")] == [30, 20, 4, 3, 37]


def asked(request: dict[str, Any], method: str = "generateContent") -> Request:
    data = json.dumps(request).encode()
    return Request("POST", f"/models/x:{method}", httpx.QueryParams(), httpx.Headers(), data, 0.0, 1)


@every_dialect
def test_the_prompt_is_the_last_text_of_the_user(name: str) -> None:
    results = [{"functionResponse": {"name": "tool", "response": {"content": "no"}}}]
    contents = [
        {"role": "user", "parts": [{"text": "first"}, {"inlineData": {"mimeType": "a/b", "data": ""}}]},
        {"role": "user", "parts": [{"text": "earlier"}, {"text": "last"}]},
        {"role": "model", "parts": [{"text": "no"}]},
        {"role": "user", "parts": results},
    ]
    assert GOOGLE[name].prompt_of(asked({"contents": contents})) == "last"


@every_dialect
@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent"])
def test_the_path_asks_for_a_stream(name: str, method: str) -> None:
    request = asked({}, method)
    assert GOOGLE[name].is_chat(request)
    assert GOOGLE[name].wants_stream(request) is (method == "streamGenerateContent")
    assert not GOOGLE[name].is_chat(asked({}, "countTokens"))


# Real shapes. Vertex has one recorded stream, of one event: what its events may hold, its bodies tell too.
REAL = {
    ("gemini", "json"): ["google_gemini/generate_content-json-*.json"],
    ("gemini", "stream"): ["google_gemini/generate_content-stream-*.json"],
    ("vertex", "json"): ["google_vertex/generate_content-json-*.json"],
    ("vertex", "stream"): [
        "google_vertex/generate_content-*.json",
        "google_gemini/generate_content-stream-*.json",
    ],
}
ANSWERED = [
    Answer("Hello, world!"),
    tools.PARALLEL_MIXED.answer,
    Answer("Hello!", reasoning="They greet me."),
]
by_answer = pytest.mark.parametrize("answer", ANSWERED, ids=["text", "tools", "thoughts"])


@cache
def real(name: str, mode: str) -> Structure:
    found = documents(*REAL[name, mode])
    shapes = Structure.of(found)
    # No recorded stream, and no answer of Vertex's, came from a cache; the usage is one message everywhere.
    usages = [{"usageMetadata": one["usageMetadata"]} for one in documents("google_gemini/*content-json*")]
    for path, fields in Structure.of(usages).seen.items():
        shapes.seen[path] |= fields if path != "$" else set()
    # Nor did a recording of Vertex ask for thoughts; tensorzero/tensorzero#5714 shows them.
    shapes.seen["$.candidates[].content.parts[]"].add("thought: bool")
    return shapes


def documents(*patterns: str, error: bool = False) -> list[Any]:
    """The bodies and the events of good answers, or those of errors."""
    found = [
        one
        for pattern in patterns
        for one in recorded(pattern, lambda one: ("error" in one["tags"]) is error)
    ]
    if not found:
        pytest.skip(NO_TRAFFIC)
    return [
        document
        for one in found
        for document in (event_data(one["response"]["body"]) if one["streaming"] else [body(one)])
        if "promptFeedback" not in document  # a blocked prompt has no answer to have the shape of
    ]


@every_dialect
@by_answer
def test_a_completion_looks_like_real_ones(name: str, answer: Answer) -> None:
    assert real(name, "json").differences(GOOGLE[name].completion(answer)) == set()


@every_dialect
@by_answer
def test_events_look_like_real_ones(name: str, answer: Answer) -> None:
    ours = event_data(b"".join(GOOGLE[name].events(answer)))
    assert [difference for event in ours for difference in real(name, "stream").differences(event)] == []


@by_answer
def test_events_of_vertex_are_marked_as_its_own(answer: Answer) -> None:
    """The recorded stream is one event, so it shows no more than this of every event."""
    for event in event_data(b"".join(GOOGLE["vertex"].events(answer))):
        assert "createTime" in event
        assert "trafficType" in event["usageMetadata"]
        assert "index" not in event["candidates"][0]


@every_dialect
def test_errors_look_like_the_real_one(name: str) -> None:
    """The recorded one has no details; those of ours are what people quote: continuedev/continue#10290."""
    shapes = Structure.of(documents("google_gemini/generate_content-json-*.json", error=True))
    for kind in get_args(ErrorKind):
        error = GOOGLE[name].error(kind).body["error"]
        without = {field: value for field, value in error.items() if field != "details"}
        assert shapes.differences({"error": without}) == set()
        assert all(detail["@type"].startswith("type.googleapis.com/") for detail in error.get("details", ()))
        [event] = event_data(GOOGLE[name].error_event(kind))
        assert event == {"error": error}
