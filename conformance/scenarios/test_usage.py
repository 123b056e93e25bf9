"""The token counts of an answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.testing import USAGE, Dialect, Interview, Play, Sent, Target, laws, reply, text

NOT_TOLD = dict.fromkeys(("prompt_tokens", "cached_prompt_tokens", "completion_tokens"))
COUNTS = re.compile("usage|count$", re.IGNORECASE)
"""The fields of a body in which a provider counts."""


def test_a_longer_prompt_has_more_tokens(interview: Interview) -> None:
    """A longer prompt has more ``prompt_tokens``, and a longer answer has more ``completion_tokens``."""
    short = interview.answers(text.SUM)
    long = interview.answers(text.LONG_MEMORY)
    longest = interview.answers(text.LONG)

    assert (long.prompt_tokens or 0) > (short.prompt_tokens or 0)
    assert (longest.completion_tokens or 0) > (short.completion_tokens or 0)


@pytest.mark.needs("cached_tokens")
def test_cached_tokens_are_among_the_prompt_tokens(target: Target, interview: Interview) -> None:
    """Cached tokens are part of ``prompt_tokens``, which stay the same when the server uses its cache.

    Not added (laravel/ai#896), and not left out: some providers count them beside the others. A server that
    is not declared to cache so short a prompt may send none: many begin at 1024 tokens.
    """
    first, second = interview.invoke(text.LONG_MEMORY), interview.invoke(text.LONG_MEMORY)
    streamed = interview.stream(text.LONG_MEMORY)

    laws.answers_turn(first, text.LONG_MEMORY)
    if target.capabilities.get("cached_tokens"):
        assert second.cached_prompt_tokens
        assert streamed.cached_prompt_tokens
    assert first.prompt_tokens == second.prompt_tokens == streamed.prompt_tokens
    assert interview.llm.last_cached_prompt_tokens == streamed.cached_prompt_tokens


@pytest.mark.core
def test_token_counts_are_the_providers(play: Play, dialect: Dialect) -> None:
    """Prompt, cached and completion tokens are the provider's numbers, from invoke and from stream.

    The cached ones are among those of the prompt: Anthropic counts them beside it (BerriAI/litellm#9812),
    and a stream that repeats its usage is not added up (tensorzero/tensorzero#5481).
    """
    llm = play(dialect.answering(text.GREETING.answer))

    for response in laws.ask_both_ways(llm, text.GREETING.messages):
        laws.has_fields(response, **dialect.told(USAGE))


@pytest.mark.core
def test_missing_token_counts_are_none(play: Play, dialect: Dialect) -> None:
    """The token counts of a stream without a usage are None: not told, which is not 0, and not estimated.

    litellm counts for itself where the provider sent nothing.
    """
    llm = play(dialect.streamed(dialect.events(text.GREETING.answer, usage=None)))
    deltas = llm.stream(text.GREETING.messages)
    laws.deltas_are_text(list(deltas), deltas.response)

    laws.is_the_answer(deltas.response, text.GREETING.answer)
    laws.has_fields(deltas.response, **NOT_TOLD)
    assert (llm.last_prompt_tokens, llm.last_cached_prompt_tokens) == (None, None)


@pytest.mark.core
def test_missing_token_counts_of_a_whole_answer_are_none(play: Play, dialect: Dialect) -> None:
    """The token counts of a whole answer without a usage are None, and no count is estimated.

    A library may demand the usage, and make an error of such an answer (BerriAI/litellm#4559).
    """
    llm = play(reply(_uncounted(dialect.completion(text.GREETING.answer))))

    response = llm.invoke(text.GREETING.messages)

    laws.well_formed(response)
    if response.is_error:
        laws.failed_as(response, "malformed_response")
    else:
        laws.is_the_answer(response, text.GREETING.answer)
    laws.has_fields(response, **NOT_TOLD)


def _uncounted(value: Any) -> Any:
    """A body without the fields in which a provider counts, at any depth."""
    if isinstance(value, list):
        return [_uncounted(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _uncounted(each) for name, each in value.items() if not COUNTS.search(name)}


def test_a_usage_can_be_declined(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A caller can decline the usage of a stream, and the stream is complete without it."""
    deltas = play(dialect.answering(text.GREETING.answer)).stream(
        text.GREETING.messages, stream_options={"include_usage": False}
    )
    laws.deltas_are_text(list(deltas), deltas.response)

    laws.is_the_answer(deltas.response, text.GREETING.answer)
    [request] = sent()
    assert request.json().get("stream_options", {}).get("include_usage") is not True


def test_the_latest_prompt_is_remembered(interview: Interview) -> None:
    """``last_prompt_tokens`` is the count of the latest answer, invoked or streamed."""
    invoked = interview.invoke(text.LONG_MEMORY)
    laws.answers_turn(invoked, text.LONG_MEMORY)
    assert interview.llm.last_prompt_tokens == invoked.prompt_tokens

    streamed = interview.stream(text.SUM)
    laws.answers_turn(streamed, text.SUM)
    assert interview.llm.last_prompt_tokens == streamed.prompt_tokens
    assert interview.llm.last_cached_prompt_tokens == streamed.cached_prompt_tokens
