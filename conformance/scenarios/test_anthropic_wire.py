"""What only Anthropic's messages have: separate token counts, content blocks, named events.

Scripts: no server sends them on demand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from conformance.testing import Answer, Dialect, Play, anthropic, laws, text, tools

pytestmark = pytest.mark.dialects("anthropic")

QUESTION = text.GREETING.messages
HELLO = Answer("Hello")
STOPPED = {"stop_reason": "end_turn", "stop_sequence": None}
TEXT = {"type": "text", "text": "Hello"}
COUNTS = {"input_tokens": 3, "output_tokens": 15}


def events_of(
    blocks: Sequence[Mapping[str, Any]],
    usage: Mapping[str, Any] | None = COUNTS,
    last: Mapping[str, Any] = COUNTS,
) -> list[bytes]:
    """The events of a message: ``usage`` is in the first, ``last`` in the one of the stop reason."""
    counted = {"usage": usage} if usage is not None else {}
    return [
        anthropic.event("message_start", message={**anthropic.envelope(HELLO, "tiny"), **counted}),
        *(each for index, block in enumerate(blocks) for each in anthropic.block_events(index, dict(block))),
        anthropic.event("message_delta", delta=STOPPED, usage=last),
        anthropic.event("message_stop"),
    ]


def message(blocks: Iterable[Mapping[str, Any]], usage: Mapping[str, Any] = COUNTS) -> dict[str, Any]:
    """The same as one body."""
    return {**anthropic.envelope(HELLO, "tiny"), **STOPPED, "content": list(blocks), "usage": usage}


CACHES: dict[str, tuple[dict[str, int], tuple[int, int, int | None]]] = {
    "written": ({"cache_creation_input_tokens": 12304, "cache_read_input_tokens": 0}, (12307, 15, 0)),
    "read": ({"cache_creation_input_tokens": 0, "cache_read_input_tokens": 12304}, (12307, 15, 12304)),
    "both": ({"cache_creation_input_tokens": 4, "cache_read_input_tokens": 100}, (107, 15, 100)),
    "none": ({}, (3, 15, None)),
}
"""What is counted beside ``input_tokens``, and prompt, completion and cached tokens of the contract."""


@pytest.mark.parametrize("repeated", [False, True], ids=["once", "repeated"])
@pytest.mark.parametrize(("caches", "tokens"), CACHES.values(), ids=CACHES)
def test_cache_tokens_are_counted_once(
    caches: dict[str, int], tokens: tuple[int, int, int | None], repeated: bool, play: Play, dialect: Dialect
) -> None:
    """Tokens read from or written to the cache count once as prompt tokens; only those read are cached.

    BerriAI/litellm#9812 and BerriAI/litellm#26919 (written counted twice), crewAIInc/crewAI#6788 (left out),
    BerriAI/litellm#28161 (written taken for read), tensorzero/tensorzero#5481 (a stream that repeats them).
    """
    usage = {**COUNTS, **caches}
    last = usage if repeated else {"output_tokens": COUNTS["output_tokens"]}
    events = events_of([TEXT], {**usage, "output_tokens": 1}, last)
    llm = play(dialect.both_ways(message([TEXT], usage), events))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.is_the_answer(response, HELLO)
        assert tokens == (response.prompt_tokens, response.completion_tokens, response.cached_prompt_tokens)


def test_a_usage_at_the_end_alone_is_read(play: Play, dialect: Dialect) -> None:
    """A stream whose usage is in its last event alone has the tokens of that usage.

    Seen in deepnoodle-ai/dive#260.
    """
    llm = play(dialect.streamed(events_of([TEXT], usage=None)))

    response = laws.read(llm.stream(QUESTION))

    laws.is_the_answer(response, HELLO)
    assert (response.prompt_tokens, response.completion_tokens) == (3, 15)


UNKNOWN = [{"type": "mood", "mood": "fine"}, {"type": "redacted_thinking", "data": "c2VjcmV0"}]


@pytest.mark.parametrize("block", UNKNOWN, ids=[str(block["type"]) for block in UNKNOWN])
def test_unknown_blocks_are_ignored(block: dict[str, Any], play: Play, dialect: Dialect) -> None:
    """Unknown and encrypted content blocks are ignored, and the rest of the answer is complete."""
    start, *rest = events_of([TEXT])
    unknown = [
        anthropic.event("content_block_start", index=7, content_block=block),
        anthropic.event("content_block_stop", index=7),
    ]
    llm = play(dialect.both_ways(message([block, TEXT]), [start, *unknown, *rest]))

    laws.is_the_answer(llm.invoke(QUESTION), HELLO)
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), HELLO)


THINKING = {"type": "thinking", "thinking": "First this.", "signature": "c2lnbmF0dXJl"}
BLOCKS: dict[str, tuple[list[dict[str, Any]], Answer]] = {
    "text-twice": ([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}], HELLO),
    "text-behind-a-call": (
        [
            {"type": "tool_use", "id": "toolu_1", "name": tools.PARIS.name, "input": tools.PARIS.arguments},
            TEXT,
        ],
        Answer("Hello", calls=(tools.PARIS,)),
    ),
    "thinking": ([THINKING, TEXT], Answer("Hello", reasoning="First this.")),
    "thinking-alone": ([THINKING], Answer(reasoning="First this.")),
    "nothing": ([], Answer()),
}


@pytest.mark.parametrize(("blocks", "answer"), BLOCKS.values(), ids=BLOCKS)
def test_text_blocks_are_joined(
    blocks: list[dict[str, Any]], answer: Answer, play: Play, dialect: Dialect
) -> None:
    """The content is the text of all text blocks, wherever they stand, without thinking and tool calls.

    vllm-project/vllm#56263: text behind a call was dropped; run-llama/llama_index#20916: only the thinking
    was returned.
    """
    llm = play(dialect.both_ways(message(blocks), events_of(blocks)))

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.has_fields(response, error=None, content=answer.text, reasoning=answer.reasoning)
        assert laws.calls_of(response) == [(call.name, call.arguments) for call in answer.calls]
