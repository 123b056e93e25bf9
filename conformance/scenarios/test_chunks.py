"""Streams of chat completions as servers really send them: odd chunks, odd endings, errors in between.

Scripts: no server sends them on demand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conformance.servers.scripted.raw import DONE, RawEvent, chunk, chunk_without_choice, streaming
from conformance.servers.scripted.raw import text as says
from conformance.testing import Answer, Build, Serve, always, laws, text, tools

pytestmark = pytest.mark.dialects("openai")

QUESTION = text.GREETING.messages
HELLO = Answer("Hello")
ROLE = chunk({"role": "assistant", "content": ""})
STOP = chunk({}, "stop")
PARIS = json.dumps(tools.PARIS.arguments)
BEGUN_CALL = chunk(
    {"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": tools.PARIS.name, "arguments": ""}}]}
)
REST_OF_CALL = chunk({"tool_calls": [{"index": 0, "function": {"arguments": PARIS}}]})

STREAMS: dict[str, tuple[Sequence[RawEvent], Answer]] = {
    "verdict-first": (
        [
            chunk_without_choice(
                id="", created=0, model="", object="", prompt_filter_results=[{"prompt_index": 0}]
            ),
            *(ROLE, says("Hello"), STOP),
        ],
        HELLO,
    ),
    "annotations-first": (
        [
            chunk_without_choice(prompt_annotations=[{"prompt_index": 0}], usage=None),
            ROLE,
            says("Hello"),
            STOP,
        ],
        HELLO,
    ),
    "null-first": ([chunk({"role": "assistant", "content": None}), says("Hello"), STOP], HELLO),
    "null-between": ([ROLE, says("Hel"), says(None), says("lo"), STOP], HELLO),
    "text-with-the-end": ([ROLE, says("Hel"), says("lo", "stop")], HELLO),
    "text-after-the-end": ([ROLE, says("Hel", "stop"), says("lo")], HELLO),
    "end-twice": ([ROLE, says("Hello", "stop"), STOP], HELLO),
    "end-before-the-last-chunk": ([ROLE, says("Hello"), STOP, chunk({}), chunk_without_choice()], HELLO),
    "thoughts-without-content": (
        [chunk({"reasoning_content": "2 "}), chunk({"reasoning_content": "and 2"}), says("4"), STOP],
        Answer("4", reasoning="2 and 2"),
    ),
    "thoughts-as-parts": (
        [
            says([{"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]}]),
            *(says([{"type": "text", "text": "4"}]), STOP),
        ],
        Answer("4", reasoning="2 and 2"),
    ),
    "refusal": ([ROLE, chunk({"refusal": "I "}), chunk({"refusal": "cannot."}), STOP], Answer("I cannot.")),
    "nothing": ([chunk({"content": None}), STOP], Answer()),
    "no-time": ([says("Hello", created=None), chunk({}, "stop", created=None)], HELLO),
    "call": ([ROLE, BEGUN_CALL, REST_OF_CALL, chunk({}, "tool_calls")], Answer(calls=(tools.PARIS,))),
}


@pytest.mark.parametrize(("said", "answer"), STREAMS.values(), ids=STREAMS)
def test_unusual_chunks_are_read(
    said: Sequence[RawEvent], answer: Answer, serve: Serve, build: Build
) -> None:
    """Chunks with no choice, with a null, with parts, or with text beside or after the finish reason are
    read as one answer.

    pydantic/pydantic-ai#164, seratch/ChatGPT-in-Slack#49 (no choice in the first chunk),
    jeremychone/rust-genai#164 (text beside the end), BerriAI/litellm#7094 (a null between two texts),
    mozilla-ai/any-llm#1164 (no time), maximhq/bifrost#4963, ai-dynamo/dynamo#4154,
    langchain4j/langchain4j#6113, BerriAI/litellm#9296.
    """
    llm = build(serve(always(streaming(*said, DONE))).url)

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), answer)


UNENDED: dict[str, tuple[Sequence[RawEvent], Answer]] = {
    "bare": ([ROLE, says("Hello")], HELLO),
    "null": ([ROLE, says("Hello"), chunk({}, None)], HELLO),
    "no-choices": ([ROLE, says("Hello"), chunk_without_choice()], HELLO),
    "call": ([ROLE, BEGUN_CALL, REST_OF_CALL], Answer(calls=(tools.PARIS,))),
}


@pytest.mark.parametrize(("said", "answer"), UNENDED.values(), ids=UNENDED)
def test_a_stream_may_end_without_a_finish_reason(
    said: Sequence[RawEvent], answer: Answer, serve: Serve, build: Build
) -> None:
    """A stream that ends with ``[DONE]`` and without a finish reason is complete, and no finish reason is
    invented.

    can1357/oh-my-pi#9433; openclaw/openclaw#98575 threw a whole turn of calls away.
    """
    response = laws.read(build(serve(always(streaming(*said, DONE))).url).stream(QUESTION))

    laws.has_fields(response, error=None, content=answer.text, finish_reason=None)
    assert laws.calls_of(response) == [(call.name, call.arguments) for call in answer.calls]


KEEP_ALIVES = {
    "comment-after-an-id": b"id: 7\n\n: ping\n\n",
    "bare-colons": b":\n\n:\n\n",
    "ping": b"event: ping\ndata:\n\n",
    "empty-text": b'event: ping\ndata: ""\n\n',
    "null": b"data: null\n\n",
    "named-only": b"event: keepalive\n\n",
}


@pytest.mark.parametrize("keep_alive", KEEP_ALIVES.values(), ids=KEEP_ALIVES)
def test_keep_alives_are_ignored(keep_alive: bytes, serve: Serve, build: Build) -> None:
    """Comments and events that keep the connection alive are ignored.

    openai/openai-python#2722, ggml-org/llama.cpp#24013, caozhiyuan/copilot-api#88,
    diegosouzapw/OmniRoute#1146: each was parsed as JSON.
    """
    said: list[RawEvent] = [
        keep_alive,
        ROLE,
        keep_alive,
        says("Hel"),
        keep_alive,
        says("lo"),
        STOP,
        keep_alive,
    ]
    llm = build(serve(always(streaming(*said, DONE))).url)

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), HELLO)


JUNK = {
    "comment-as-data": b"data: : OPENROUTER PROCESSING\n\n",
    "half-an-object": b'data: {"choices":[{"ind\n\n',
    "text": b'data: "lo"\n\n',
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_an_unreadable_event_is_malformed(junk: bytes, serve: Serve, build: Build) -> None:
    """A stream with an event that cannot be parsed is reported as ``malformed_response``, and the text
    before it is kept.

    mnfst/llm-gateway#2053: a comment sent on as data hung the reader.
    """
    llm = build(serve(always(streaming(ROLE, says("Hel"), junk, says("lo"), STOP, DONE))).url)

    response = laws.read(llm.stream(QUESTION))

    laws.failed_as(response, "malformed_response")
    assert response.content == "Hel"


ERRORS: dict[str, tuple[RawEvent, str, str]] = {
    "object": ({"error": {"message": "Slow down.", "code": 429}}, "rate_limit", "Slow down."),
    "without-a-type": (
        {"error": {"message": "Compute error."}, "message": "Compute error."},
        "server",
        "Compute error.",
    ),
    "text": ({"error": "The model has crashed."}, "server", "The model has crashed."),
    "named": (b'event: error\ndata: {"error":{"message":"Overloaded"}}\n\n', "overloaded", "Overloaded"),
    "named-flat": (b'event: error\ndata: {"message":"Overloaded"}\n\n', "overloaded", "Overloaded"),
    "named-words": (b"event: error\ndata: Overloaded\n\n", "overloaded", "Overloaded"),
    "beside-a-choice": (
        says("", "error", error={"message": "Gone.", "code": 502}),
        "server",
        "Gone.",
    ),
}


@pytest.mark.parametrize(("error", "kind", "words"), ERRORS.values(), ids=ERRORS)
def test_an_error_in_any_form_inside_a_stream_is_reported(
    error: RawEvent, kind: str, words: str, serve: Serve, build: Build
) -> None:
    """An error among the chunks is reported with its own message, even if ``[DONE]`` follows, and the
    text is kept.

    BerriAI/litellm#40578 (an empty success), zendev-sh/goai#110 (no type), bigduu/Bamboo-agent#98 (a text),
    anomalyco/opencode#2259.
    """
    llm = build(serve(always(streaming(ROLE, says("Hel"), error, DONE))).url)

    response = laws.read(llm.stream(QUESTION))

    laws.failed_as(response, kind)
    assert words in str(response.error)
    assert response.content == "Hel"


OVERFLOWS: dict[str, Any] = {
    "code": {"error": {"code": "context_length_exceeded", "message": "Your input is too long."}},
    "text": {"error": "The number of tokens to keep from the initial prompt exceeds the context length."},
}


@pytest.mark.parametrize("error", OVERFLOWS.values(), ids=OVERFLOWS)
@pytest.mark.parametrize("before", [[], [ROLE, says("Hel")]], ids=["first", "after-text"])
def test_an_overflow_inside_a_stream_is_raised(
    error: Any, before: list[RawEvent], serve: Serve, build: Build
) -> None:
    """A context overflow inside a stream raises ``context_limit``, before the first text and after it.

    BerriAI/litellm#29223: handed on as a chunk; anomalyco/opencode#2259: a text where an object was
    expected.
    """
    stream = build(serve(always(streaming(*before, error, DONE))).url).stream(QUESTION)

    laws.overflows(lambda: list(stream))
