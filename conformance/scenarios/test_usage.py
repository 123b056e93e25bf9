"""What an answer cost."""

from __future__ import annotations

from conformance.dialogue import text
from conformance.interview import Interview


def test_a_longer_prompt_has_more_tokens(interview: Interview) -> None:
    """``prompt_tokens`` counts what was sent, cached or not, and ``completion_tokens`` what came back."""
    short = interview.answers(text.SUM)
    long = interview.answers(text.LONG_MEMORY)
    longest = interview.answers(text.LONG)

    assert long.prompt_tokens > short.prompt_tokens
    assert longest.completion_tokens > short.completion_tokens


def test_the_latest_prompt_is_remembered(interview: Interview) -> None:
    """``last_prompt_tokens`` is that of the latest answer, invoked or streamed: the caller plans with it."""
    invoked = interview.invoke(text.LONG_MEMORY)
    assert interview.llm.last_prompt_tokens == invoked.prompt_tokens

    streamed = interview.stream(text.SUM)
    assert interview.llm.last_prompt_tokens == streamed.prompt_tokens
    assert interview.llm.last_cached_prompt_tokens == streamed.cached_prompt_tokens
