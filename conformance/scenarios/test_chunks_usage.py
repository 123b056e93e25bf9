"""Where servers of OpenAI's wire put their token counts, and how often they send them.

Scripts: no server sends them on demand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.servers.scripted.raw import (
    DONE,
    RawEvent,
    both_ways,
    chunk,
    chunk_without_choice,
    completion,
    streaming,
)
from conformance.servers.scripted.raw import text as content
from conformance.testing import Dialect, LLMResponse, Play, Sent, laws, text

pytestmark = pytest.mark.dialects("openai")

QUESTION = text.GREETING.messages
STOP = chunk({}, "stop")
PLAIN = {"prompt_tokens": 26, "completion_tokens": 9, "total_tokens": 35}


Tokens = tuple[int | None, int | None, int | None]
"""Prompt, completion and cached tokens; None for a count that was not sent."""


def has_tokens(response: LLMResponse, tokens: Tokens) -> None:
    """The response is an answer with these token counts."""
    prompt, completion, cached = tokens
    laws.has_fields(
        response, error=None, prompt_tokens=prompt, completion_tokens=completion, cached_prompt_tokens=cached
    )


THOUGHTS = {"completion_tokens_details": {"reasoning_tokens": 7}}

USAGES: dict[str, tuple[Any, Tokens]] = {
    "plain": (PLAIN, (26, 9, None)),
    "cached": ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 20}}, (26, 9, 20)),
    "deepseek": ({**PLAIN, "prompt_cache_hit_tokens": 20, "prompt_cache_miss_tokens": 6}, (26, 9, 20)),
    "both": (
        {**PLAIN, "prompt_tokens_details": {"cached_tokens": 20}, "prompt_cache_hit_tokens": 12},
        (26, 9, 20),
    ),
    "moonshot": ({**PLAIN, "cached_tokens": 20}, (26, 9, 20)),
    "names-of-responses": (
        {"input_tokens": 26, "output_tokens": 9, "input_tokens_details": {"cached_tokens": 20}},
        (26, 9, 20),
    ),
    # UKGovernmentBEIS/inspect_ai#5528: xAI's thoughts were missing among the tokens of the answer
    "thoughts-apart": ({**PLAIN, "total_tokens": 42, **THOUGHTS}, (26, 16, None)),
    "thoughts-among": ({**PLAIN, **THOUGHTS}, (26, 9, None)),
    "null-beside-other-names": (
        {"prompt_tokens": None, "input_tokens": 26, "completion_tokens": None, "output_tokens": 9},
        (26, 9, None),
    ),
    "texts": ({"prompt_tokens": "26", "completion_tokens": "9"}, (26, 9, None)),
    "decimals": ({"prompt_tokens": 26.0, "completion_tokens": 9.0}, (26, 9, None)),
    "negative": ({"prompt_tokens": 26, "completion_tokens": -1}, (26, None, None)),
    "in-one-word": ({"promptTokens": 26, "completionTokens": 9}, (26, 9, None)),
    # what Anthropic reads from its cache is no part of its input tokens
    "names-of-anthropic": (
        {"input_tokens": 6, "output_tokens": 9, "cache_read_input_tokens": 20},
        (26, 9, 20),
    ),
    "names-of-google": ({"promptTokenCount": 26, "candidatesTokenCount": 9}, (26, 9, None)),
    "cache-of-anthropic": ({**PLAIN, "cache_read_input_tokens": 20}, (26, 9, 20)),
    "null-details": ({**PLAIN, "prompt_tokens_details": None}, (26, 9, None)),
    "null-cached": ({**PLAIN, "prompt_tokens_details": {"cached_tokens": None}}, (26, 9, None)),
    "foreign-details": (
        {**PLAIN, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 26}]},
        (26, 9, None),
    ),
    "zeros": ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (0, 0, None)),
    "cached-zero": ({**PLAIN, "prompt_tokens_details": {"cached_tokens": 0}}, (26, 9, 0)),
    "null": (None, (None, None, None)),
    "empty": ({}, (None, None, None)),
}


@pytest.mark.parametrize(("usage", "tokens"), USAGES.values(), ids=USAGES)
def test_tokens_are_read_from_either_field(usage: Any, tokens: Tokens, play: Play, dialect: Dialect) -> None:
    """Tokens are read from the fields of chat completions, or else from those of other servers, never added.

    Cached tokens are read from OpenAI's field, DeepSeek's or Moonshot's. Missing counts are None, and a 0
    that was sent is 0.
    openai/openai-python#2544 (null details), mozilla-ai/any-llm#795 and NousResearch/hermes-agent#65678
    (DeepSeek's place, and both), laravel/ai#896 (added again), lmstudio-ai/lmstudio-bug-tracker#1602,
    Blaizzy/mlx-vlm#1009 (``input_tokens``), AstrBotDevs/AstrBot#6614 (Moonshot's).
    """
    body = completion({"role": "assistant", "content": "Hello"}, usage=usage)
    llm = play(both_ways(dialect, body, [content("Hello"), STOP, chunk_without_choice(usage=usage)]))

    for response in laws.ask_both_ways(llm, QUESTION):
        has_tokens(response, tokens)


def test_an_answer_without_a_usage_has_no_counts(play: Play, dialect: Dialect) -> None:
    """The token counts of an answer without a usage are None, invoked and streamed, and never an estimate."""
    body = completion({"role": "assistant", "content": "Hello"})
    llm = play(both_ways(dialect, body, [content("Hello"), STOP]))

    for response in laws.ask_both_ways(llm, QUESTION):
        has_tokens(response, (None, None, None))


LAST_CHOICE = {
    "index": 0,
    "delta": {},
    "finish_reason": "stop",
    "usage": {**PLAIN, "cached_tokens": 20},
}
"""The end of a stream of Moonshot's."""

CHUNKS: dict[str, tuple[Sequence[RawEvent], Tokens]] = {
    "behind-the-end": ([content("Hello"), STOP, chunk_without_choice(usage=PLAIN)], (26, 9, None)),
    "then-none": (
        [content("Hello"), STOP, chunk_without_choice(usage=PLAIN), chunk_without_choice()],
        (26, 9, None),
    ),
    "then-null": (
        [content("Hello"), STOP, chunk_without_choice(usage=PLAIN), chunk_without_choice(usage=None)],
        (26, 9, None),
    ),
    "with-the-end": ([content("Hello"), chunk({}, "stop", usage=PLAIN)], (26, 9, None)),
    "beside-a-choice": ([content("Hello"), STOP, chunk({}, None, usage=PLAIN)], (26, 9, None)),
    "before-the-end": ([content("Hello"), chunk({"content": ""}, None, usage=PLAIN), STOP], (26, 9, None)),
    "in-the-choice": (
        [content("Hello"), chunk_without_choice(choices=[LAST_CHOICE]), chunk_without_choice(usage=None)],
        (26, 9, 20),
    ),
    "at-the-top": ([content("Hello"), chunk({}, "stop", **PLAIN)], (26, 9, None)),
    "in-the-delta": ([content("Hello"), chunk({"usage": PLAIN}, "stop")], (26, 9, None)),
    "in-a-field-of-the-server": (
        [content("Hello"), chunk({}, "stop", x_server={"usage": PLAIN})],
        (26, 9, None),
    ),
    "by-another-name": ([content("Hello"), chunk({}, "stop", token_usage=PLAIN)], (26, 9, None)),
    "in-two-events": (
        [
            content("Hello"),
            chunk({}, "stop", usage={"prompt_tokens": 26}),
            chunk_without_choice(usage={"completion_tokens": 9}),
        ],
        (26, 9, None),
    ),
    "counting-up": (
        [*(content("a", usage={**PLAIN, "completion_tokens": count}) for count in (3, 6, 9)), STOP],
        (26, 9, None),
    ),
    "down-to-zero": (
        [content("Hello", usage=PLAIN), STOP, chunk_without_choice(usage={**PLAIN, "completion_tokens": 0})],
        (26, 0, None),
    ),
}
"""The chunks of a stream, and the tokens of its answer."""


@pytest.mark.parametrize(("sent_chunks", "tokens"), CHUNKS.values(), ids=CHUNKS)
def test_the_last_usage_of_a_stream_is_its_usage(
    sent_chunks: Sequence[RawEvent], tokens: Tokens, play: Play
) -> None:
    """The last usage of a stream counts, in whichever chunk it is sent: not the first one, and not the sum.

    Continuum-AI-Corp/OrcaRouter-Lite#127 (never read behind the end), openai/openai-agents-python#2126
    (overwritten by none), BerriAI/litellm#28735 and ARahim3/mlx-dspark#37 (beside a choice),
    InsForge/InsForge#2015 (added up), InsForge/InsForge#2016 (a zero taken for none),
    mozilla-ai/any-llm#622, AstrBotDevs/AstrBot#6614 (in the choice).
    """
    response = laws.read(play(streaming(*sent_chunks, DONE)).stream(QUESTION))

    assert response.finish_reason == "stop"
    has_tokens(response, tokens)


def test_a_stream_requests_its_usage(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A stream is requested with ``include_usage``, because servers send no usage otherwise.

    Seen in xxynet/KiraAI#158.
    """

    laws.read(play(dialect.answering(text.GREETING.answer)).stream(QUESTION))

    [request] = sent()
    assert request.json()["stream_options"] == {"include_usage": True}
