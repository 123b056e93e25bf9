"""Streams of chat completions as servers really send them: odd chunks, odd endings, errors in between.

Scripts: no server sends them on demand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

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

STREAMS: dict[str, tuple[Sequence[RawEvent], Answer]] = {
    "null-first": ([chunk({"role": "assistant", "content": None}), content("Hello"), STOP], HELLO),
    "null-between": ([ROLE, content("Hel"), content(None), content("lo"), STOP], HELLO),
    "text-with-the-end": ([ROLE, content("Hel"), content("lo", "stop")], HELLO),
    "text-after-the-end": ([ROLE, content("Hel", "stop"), content("lo")], HELLO),
    "end-twice": ([ROLE, content("Hello", "stop"), STOP], HELLO),
    "end-before-the-last-chunk": ([ROLE, content("Hello"), STOP, chunk({}), chunk_without_choice()], HELLO),
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
    "refusal": ([ROLE, chunk({"refusal": "I "}), chunk({"refusal": "cannot."}), STOP], Answer("I cannot.")),
    "nothing": ([chunk({"content": None}), STOP], Answer()),
    "no-time": ([content("Hello", created=None), chunk({}, "stop", created=None)], HELLO),
    "call": ([ROLE, BEGUN_CALL, REST_OF_CALL, chunk({}, "tool_calls")], Answer(calls=(tools.PARIS,))),
}


@pytest.mark.parametrize(("sent_chunks", "answer"), STREAMS.values(), ids=STREAMS)
def test_unusual_chunks_are_read(sent_chunks: Sequence[RawEvent], answer: Answer, play: Play) -> None:
    """Chunks with a null, with parts, or with text beside or after the finish reason are read as one answer.

    pydantic/pydantic-ai#164, seratch/ChatGPT-in-Slack#49 (no choice in the first chunk),
    jeremychone/rust-genai#164 (text beside the end), BerriAI/litellm#7094 (a null between two texts),
    mozilla-ai/any-llm#1164 (no time), maximhq/bifrost#4963, ai-dynamo/dynamo#4154,
    langchain4j/langchain4j#6113, BerriAI/litellm#9296.
    """
    llm = play(streaming(*sent_chunks, DONE))

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
