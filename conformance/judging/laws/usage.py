"""The tokens that an answer counts."""

from __future__ import annotations

from conformance.judging.law import Laws, equal, holds
from conformance.judging.reading import Reading
from conformance.judging.server import Server
from conformance.spec.dialogue import text

LAWS = Laws("usage")


@LAWS.law()
def a_whole_answer_counts_its_tokens(server: Server) -> None:
    """An answer says how many tokens its question and it have; neither is none."""
    _counts(server.whole(text.CAPITAL))


@LAWS.law()
def a_stream_counts_its_tokens(server: Server) -> None:
    """A stream that was asked for its usage says how many tokens question and answer have."""
    _counts(server.streamed(text.CAPITAL))


@LAWS.law()
def a_longer_question_has_more_tokens(server: Server) -> None:
    """A conversation of five messages has more tokens than one of a single sentence."""
    long, short = server.whole(text.LONG_MEMORY).prompt_tokens, server.whole(text.CAPITAL).prompt_tokens
    holds((long or 0) > (short or 0), f"{long} tokens, and {short} for less", "more tokens for more words")


@LAWS.law()
def a_longer_answer_has_more_tokens(server: Server) -> None:
    """An answer of ten numbers has more tokens than one of a single word."""
    long, short = server.whole(text.COUNT).completion_tokens, server.whole(text.CAPITAL).completion_tokens
    holds((long or 0) > (short or 0), f"{long} tokens, and {short} for less", "more tokens for more words")


@LAWS.law()
def a_stream_counts_as_a_whole_answer_does(server: Server) -> None:
    """The same question has the same number of tokens as a stream; so has the same answer."""
    whole, streamed = server.whole(text.CAPITAL), server.streamed(text.CAPITAL)
    equal(streamed.prompt_tokens, whole.prompt_tokens)
    # A model that thinks writes more than its answer shows, and each time as much as it likes.
    if streamed.text == whole.text and not (_thinks(streamed) or _thinks(whole)):
        equal(streamed.completion_tokens, whole.completion_tokens)


def _thinks(reading: Reading) -> bool:
    """Whether it has more tokens than its text has bytes."""
    return (reading.completion_tokens or 0) > len(reading.text.encode("utf-8", "replace"))


def _counts(reading: Reading) -> None:
    tokens = {"question": reading.prompt_tokens, "answer": reading.completion_tokens}
    holds(all(tokens.values()), f"tokens: {tokens}", "a count of at least 1 for each")
