"""Answers whose content is in a form that is not known: never an empty success.

Scripts: no server at hand sends them.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.servers.scripted.raw import DONE, RawEvent, chunk, chunk_without_choice, streaming
from conformance.servers.scripted.raw import text as content
from conformance.testing import Dialect, Play, bedrock, cohere, gemini, laws, raw, text

QUESTION = text.GREETING.messages
STOP = chunk({}, "stop")


def choice(**fields: Any) -> dict[str, Any]:
    """A chunk whose choice has these fields, and no delta."""
    return chunk_without_choice(choices=[{"index": 0, "finish_reason": "stop", **fields}])


UNHEARD: dict[str, RawEvent] = {
    "text-of-completions": chunk_without_choice(
        choices=[{"index": 0, "text": "Hello", "finish_reason": "stop"}]
    ),
    **{f"choice-with-{name}": choice(**{name: "Hello"}) for name in ("content", "response", "output")},
    "choice-with-messages": choice(messages=[{"role": "assistant", "content": "Hello"}]),
    "choice-with-calls": choice(
        tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]
    ),
    "choice-in-a-list": chunk_without_choice(choices=[[{"index": 0, "delta": {"content": "Hello"}}]]),
    "message-without-choices": chunk_without_choice(message={"role": "assistant", "content": "Hello"}),
    "content-a-number": content(42),
    "delta-a-text": chunk("Hello", "stop"),
    "audio": chunk({"content": None, "audio": {"id": "audio_1", "data": "UklGRg=="}}, "stop"),
    "image": content([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}], "stop"),
    "image-in-a-message": choice(
        message={"content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, finish_reason="stop"
    ),
    "ollama": b'data: {"model":"tiny","message":{"role":"assistant","content":"Hello"},"done":true}\n\n',
    "wrapped": b'data: {"data":{"choices":[{"delta":{"content":"Hello"}}]}}\n\n',
    "result": b'data: {"result":"Hello"}\n\n',
    "generated-text": b'data: {"token":{"text":"Hello"},"generated_text":"Hello"}\n\n',
    "anthropic": b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}\n\n',
}


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("chunk", UNHEARD.values(), ids=UNHEARD)
def test_a_stream_in_an_unknown_form_is_not_an_empty_success(chunk: RawEvent, play: Play) -> None:
    """A stream whose only content is in an unknown form is delivered, or reported as ``malformed_response``.

    Amm1rr/WebAI-to-API#55: an answer in another field was an empty success.
    """
    response = laws.read(play(streaming(chunk, DONE)).stream(QUESTION))

    if response.content != "Hello":
        laws.failed_as(response, "malformed_response")


REASONED: dict[str, dict[str, Any]] = {
    "encrypted": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "QUJD", "index": 0}]},
    "opaque": {"reasoning_opaque": "QUJD"},
}


@pytest.mark.dialects("openai")
@pytest.mark.parametrize("fields", REASONED.values(), ids=REASONED)
def test_hidden_reasoning_is_an_empty_answer(fields: dict[str, Any], play: Play, dialect: Dialect) -> None:
    """An answer whose tokens were all spent on hidden reasoning is empty, and ends with ``length``."""
    body = raw.completion({"content": "", **fields}, "length")
    llm = play(raw.both_ways(dialect, body, [chunk({"content": "", **fields}), chunk({}, "length")]))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.has_fields(response, error=None, content="", finish_reason="length")


COUNTS = {"inputTokens": 5, "outputTokens": 2, "totalTokens": 7}
INLINE = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
            },
            "finishReason": "STOP",
        }
    ]
}
PICTURE = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
SPOKEN = [{"type": "audio", "data": "AAAA", "format": "png"}]


def wire(id_: str, whole: dict[str, Any], events: list[bytes], *names: str) -> Any:
    """An answer whole and as events, for the targets that speak one of these wires."""
    return pytest.param(whole, events, id=id_, marks=[pytest.mark.dialects(*names), pytest.mark.core])


MEDIA = [
    wire("gemini", INLINE, [gemini.event(INLINE)], "gemini", "vertex"),
    wire(
        "bedrock",
        {
            "output": {"message": {"role": "assistant", "content": [PICTURE]}},
            "stopReason": "end_turn",
            "usage": COUNTS,
        },
        [
            bedrock.event("messageStart", role="assistant"),
            bedrock.event("contentBlockStart", contentBlockIndex=0, start={"image": {"format": "png"}}),
            bedrock.event("contentBlockDelta", contentBlockIndex=0, delta=PICTURE),
            bedrock.event("contentBlockStop", contentBlockIndex=0),
            bedrock.event("messageStop", stopReason="end_turn"),
        ],
        "bedrock",
    ),
    wire(
        "cohere",
        {"message": {"role": "assistant", "content": SPOKEN}, "finish_reason": "COMPLETE"},
        [
            cohere.event("content-start", index=0, delta={"message": {"content": SPOKEN[0]}}),
            cohere.event("message-end", delta={"finish_reason": "COMPLETE"}),
        ],
        "cohere",
    ),
]


@pytest.mark.parametrize(("whole", "events"), MEDIA)
def test_an_answer_of_media_alone_is_not_an_empty_success(
    whole: dict[str, Any], events: list[bytes], play: Play, dialect: Dialect
) -> None:
    """An answer that holds an image or audio, and no text, is ``malformed_response`` and names it."""
    for response in laws.ask_both_ways(play(dialect.both_ways(whole, events)), QUESTION):
        laws.failed_as(response, "malformed_response")
        assert "png" in str(response.error)
