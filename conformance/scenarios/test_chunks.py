"""Streams of chat completions as servers really send them: odd chunks, odd endings, errors in between.

Scripts: no server sends them on demand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.servers.scripted.raw import DONE, RawEvent, chunk, chunk_without_choice, streaming
from conformance.servers.scripted.raw import text as content
from conformance.testing import Answer, Play, laws, text, tools

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


def escaped(sent: RawEvent) -> bytes:
    """A chunk as an event in ASCII, which half a character can be sent in."""
    return sent if isinstance(sent, bytes) else f"data: {json.dumps(sent)}\n\n".encode()


def arguments(piece: str) -> dict[str, Any]:
    """A chunk with these arguments of the call that has begun."""
    return chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})


def whole_message(written: str | None, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """A chunk with a message in place of its delta; ``fields`` are those of the message, or its ``delta``."""
    beside = {"delta": fields.pop("delta")} if "delta" in fields else {}
    message = {"role": "assistant", "content": written, **fields}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, **beside}
    return chunk_without_choice(choices=[choice])


def other_choice(delta: Any, finish_reason: str | None = None, index: int = 1) -> dict[str, Any]:
    """A chunk of the second of two answers, or of another."""
    return chunk_without_choice(choices=[{"index": index, "delta": delta, "finish_reason": finish_reason}])


STREAMS: dict[str, tuple[Sequence[RawEvent], Answer]] = {
    "null-first": ([chunk({"role": "assistant", "content": None}), content("Hello"), STOP], HELLO),
    "null-between": ([ROLE, content("Hel"), content(None), content("lo"), STOP], HELLO),
    "text-with-the-end": ([ROLE, content("Hel"), content("lo", "stop")], HELLO),
    "text-after-the-end": ([ROLE, content("Hel", "stop"), content("lo")], HELLO),
    "end-twice": ([ROLE, content("Hello", "stop"), STOP], HELLO),
    "end-before-the-last-chunk": ([ROLE, content("Hello"), STOP, chunk({}), chunk_without_choice()], HELLO),
    "no-first-choice": (
        [
            *(other_choice({"content": "Hel"}, index=2), other_choice({"content": "Good"}, index=1)),
            *(other_choice({"content": "lo"}, "stop", index=2), other_choice({"content": "bye"}, "stop")),
        ],
        HELLO,
    ),
    "thoughts-in-tags-and-then-in-their-field": (
        [content("<think>2 and"), content("</think>"), chunk({"reasoning": " two"}), content("4"), STOP],
        Answer("4", reasoning="2 and two"),
    ),
    "thoughts-without-content": (
        [chunk({"reasoning_content": "2 "}), chunk({"reasoning_content": "and 2"}), content("4"), STOP],
        Answer("4", reasoning="2 and 2"),
    ),
    "thoughts-as-parts": (
        [
            content([{"type": "thinking", "thinking": [{"type": "text", "text": "2 and 2"}]}]),
            *(content([{"type": "text", "text": "4"}]), STOP),
        ],
        Answer("4", reasoning="2 and 2"),
    ),
    "thoughts-twice": (
        [
            chunk({"content": "<think>2 ", "reasoning_content": "2 "}),
            chunk({"content": "and 2", "reasoning_content": "and 2"}),
            *(content("</think>\n\n4"), STOP),
        ],
        Answer("4", reasoning="2 and 2"),
    ),
    "thoughts-twice-one-behind": (
        [content("<think>2 and 2</think>"), content("4"), chunk({"reasoning_content": "2 and 2"}), STOP],
        Answer("4", reasoning="2 and 2"),
    ),
    "message": ([whole_message("Hello", "stop")], HELLO),
    "message-beside-an-empty-delta": ([whole_message("Hello", "stop", delta={})], HELLO),
    "messages-so-far": (
        [whole_message("Hel"), whole_message("Hello"), whole_message("Hello", "stop")],
        HELLO,
    ),
    "messages-as-deltas": ([whole_message("Hel"), whole_message("lo"), STOP], HELLO),
    "message-behind-its-deltas": (
        [ROLE, content("Hel"), content("lo"), whole_message("Hello", "stop")],
        HELLO,
    ),
    "refusal-behind-its-deltas": (
        [
            chunk({"refusal": "I "}),
            chunk({"refusal": "cannot."}),
            whole_message(None, "stop", refusal="I cannot."),
        ],
        Answer("I cannot."),
    ),
    "thoughts-behind-their-deltas": (
        [
            *(chunk({"reasoning_content": "2 and "}), chunk({"reasoning": "2"}), content("4")),
            whole_message("4", "stop", reasoning_content="2 and 2", reasoning="2 and 2"),
        ],
        Answer("4", reasoning="2 and 2"),
    ),
    "message-again-behind-the-end": (
        [ROLE, content("Hel"), content("lo"), STOP, whole_message("Hello")],
        HELLO,
    ),
    "message-again-without-its-spaces": (
        [ROLE, content("Hel"), content("lo\n"), whole_message("Hello", "stop")],
        Answer("Hello\n"),
    ),
    "delta-with-all-again": (
        [ROLE, content("Hel"), content("lo"), chunk({"role": "assistant", "content": "Hello"}, "stop")],
        HELLO,
    ),
    "parts-as-texts": ([content(["Hel", "lo"]), STOP], HELLO),
    "part-alone": ([content({"type": "text", "text": "Hello"}), STOP], HELLO),
    "halves": ([ROLE, content("Wow \ud83d"), content("\ude00!"), STOP], Answer("Wow 😀!")),
    "halves-apart": ([content("\ud83d"), content(""), content("\ude00"), STOP], Answer("😀")),
    "half-alone": ([content("Wow \ud83d"), STOP], Answer("Wow \ufffd")),
    "halves-of-thoughts": (
        [chunk({"reasoning_content": "\ud83d"}), chunk({"reasoning_content": "\ude00"}), content("4"), STOP],
        Answer("4", reasoning="😀"),
    ),
    "halves-in-tags": (
        [content("<think>\ud83d"), content("\ude00</think>\ud83d"), content("\ude00"), STOP],
        Answer("😀", reasoning="😀"),
    ),
    "halves-of-arguments": (
        [BEGUN_CALL, arguments('{"city": "\ud83d'), arguments('\ude00"}'), chunk({}, "tool_calls")],
        Answer(calls=(replace(tools.PARIS, arguments={"city": "😀"}),)),
    ),
    "two-answers": (
        [
            *(other_choice({"content": "Good"}), content("Hel"), other_choice({"content": "bye"})),
            *(content("lo"), other_choice({}, "length"), STOP, other_choice({}, "length")),
        ],
        HELLO,
    ),
    "two-answers-in-a-chunk": (
        [
            chunk_without_choice(choices=[*other_choice({"content": each})["choices"], *own["choices"]])
            for each, own in (("Good", content("Hel")), ("bye", content("lo", "stop")))
        ],
        HELLO,
    ),
    "two-answers-index-as-text": (
        [
            chunk_without_choice(
                choices=[{"index": index, "delta": {"content": each}, "finish_reason": "stop"}]
            )
            for index, each in (("1", "Goodbye"), ("0", "Hello"))
        ],
        HELLO,
    ),
    "one-answer-alone-in-choices": (
        [chunk_without_choice(choices={"index": 0, "delta": {"content": "Hello"}, "finish_reason": "stop"})],
        HELLO,
    ),
    "two-answers-with-calls": (
        [BEGUN_CALL, other_choice(BEGUN_CALL["choices"][0]["delta"]), REST_OF_CALL, chunk({}, "tool_calls")],
        Answer(calls=(tools.PARIS,)),
    ),
    "refusal": ([ROLE, chunk({"refusal": "I "}), chunk({"refusal": "cannot."}), STOP], Answer("I cannot.")),
    "nothing": ([chunk({"content": None}), STOP], Answer()),
    "no-time": ([content("Hello", created=None), chunk({}, "stop", created=None)], HELLO),
    "call": ([ROLE, BEGUN_CALL, REST_OF_CALL, chunk({}, "tool_calls")], Answer(calls=(tools.PARIS,))),
}


@pytest.mark.parametrize(("sent_chunks", "answer"), STREAMS.values(), ids=STREAMS)
def test_unusual_chunks_are_read(sent_chunks: Sequence[RawEvent], answer: Answer, play: Play) -> None:
    """Chunks with a null, with parts, or with text beside or after the finish reason are read as one answer.

    So are a message in place of a delta, the halves of a character in two deltas, and reasoning that is sent
    twice; of several answers, the one with the index 0 is read.

    pydantic/pydantic-ai#164, seratch/ChatGPT-in-Slack#49 (no choice in the first chunk),
    jeremychone/rust-genai#164 (text beside the end), BerriAI/litellm#7094 (a null between two texts),
    mozilla-ai/any-llm#1164 (no time), maximhq/bifrost#4963, ai-dynamo/dynamo#4154,
    langchain4j/langchain4j#6113, BerriAI/litellm#9296, Amm1rr/WebAI-to-API#55 (a message),
    elie222/rakazo#416 (halves), langfuse/langfuse#16998 (two answers in one stream).
    """
    llm = play(streaming(*map(escaped, sent_chunks), DONE))

    laws.is_the_answer(laws.read(llm.stream(QUESTION)), answer)


UNENDED: dict[str, tuple[Sequence[RawEvent], Answer]] = {
    "bare": ([ROLE, content("Hello")], HELLO),
    "null": ([ROLE, content("Hello"), chunk({}, None)], HELLO),
    "no-choices": ([ROLE, content("Hello"), chunk_without_choice()], HELLO),
    "call": ([ROLE, BEGUN_CALL, REST_OF_CALL], Answer(calls=(tools.PARIS,))),
}


@pytest.mark.parametrize(("sent_chunks", "answer"), UNENDED.values(), ids=UNENDED)
def test_a_stream_may_end_without_a_finish_reason(
    sent_chunks: Sequence[RawEvent], answer: Answer, play: Play
) -> None:
    """A stream that ends with ``[DONE]`` alone is complete, and no finish reason is invented.

    can1357/oh-my-pi#9433; openclaw/openclaw#98575 dropped a turn of calls.
    """
    response = laws.read(play(streaming(*sent_chunks, DONE)).stream(QUESTION))

    laws.has_fields(response, error=None, content=answer.text, finish_reason=None)
    assert laws.calls_of(response) == [(call.name, call.arguments) for call in answer.calls]


JUNK = {
    "comment-as-data": b"data: : OPENROUTER PROCESSING\n\n",
    "half-an-object": b'data: {"choices":[{"ind\n\n',
    "text": b'data: "lo"\n\n',
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_an_unreadable_event_is_malformed(junk: bytes, play: Play) -> None:
    """An event that cannot be parsed is reported as ``malformed_response``, and the text before it is kept.

    mnfst/llm-gateway#2053: a comment sent on as data hung the reader.
    """
    llm = play(streaming(ROLE, content("Hel"), junk, content("lo"), STOP, DONE))

    response = laws.read(llm.stream(QUESTION))

    laws.failed_as(response, "malformed_response")
    assert response.content == "Hel"
