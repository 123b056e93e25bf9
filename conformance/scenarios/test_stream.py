"""Streams: the same answer, delta by delta."""

from __future__ import annotations

import gc
import threading
from itertools import zip_longest

import pytest

from conformance.testing import (
    Answer,
    BaseLLM,
    Build,
    Dialect,
    Interview,
    Play,
    ScriptedServer,
    Sent,
    Serve,
    StreamNotFinishedError,
    Wait,
    laws,
    text,
)


@pytest.mark.core
def test_deltas_come_in_pieces(interview: Interview) -> None:
    """A long answer is streamed in more than one delta."""
    turn = text.LONG  # Gemini sends forty tokens at once

    deltas = list(interview.llm.stream(turn.messages, **interview.limits))

    assert len(deltas) > 1
    assert turn.matcher("".join(deltas)) == turn.matcher(turn.answer.text)


@pytest.mark.core
def test_joined_deltas_are_the_invoked_answer(interview: Interview) -> None:
    """The joined deltas are the text that invoke gives, with the same finish reason and tokens.

    langchain-ai/langchain-litellm#56: the usage came after the last choice and was never read.
    """
    interview.answers(text.ALPHABET)


def test_a_long_answer(interview: Interview) -> None:
    """A stream of sixty lines arrives complete and in order."""
    interview.answers(text.LONG)


@pytest.mark.core
@pytest.mark.routes
def test_the_first_delta_does_not_wait_for_the_last(play: Play, dialect: Dialect) -> None:
    """A delta is yielded while the server still holds back the rest of the stream.

    A script: replayed streams come in one piece, so a backend that collects them would pass.
    """
    rest = threading.Event()
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    deltas = play(dialect.streamed([*events[:half], Wait(rest), *events[half:]])).stream(text.COUNT.messages)

    first = next(deltas)
    rest.set()

    assert first + "".join(deltas) == text.COUNT.answer.text


@pytest.mark.core
def test_closing_a_stream_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """close() ends the exchange of a stream: the server sees its client disconnect.

    openai/openai-python#763: connections that were not returned made the third request time out.
    """
    server, llm = _half_sent(serve, build, dialect)
    deltas = llm.stream(text.COUNT.messages)
    next(deltas)

    deltas.close()
    deltas.close()

    assert server.wait_for_client_to_leave()
    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response


def test_the_end_of_a_with_block_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """The end of a stream's ``with`` block closes the stream, also if the block raises."""
    server, llm = _half_sent(serve, build, dialect)
    stream = llm.stream(text.COUNT.messages)  # it must not end because nobody has it any more

    def leave_by_an_exception() -> None:
        with stream as deltas:
            next(deltas)
            raise LookupError

    with pytest.raises(LookupError):
        leave_by_an_exception()

    assert server.wait_for_client_to_leave()


def test_a_stream_may_be_closed_after_any_delta(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream may be closed after any delta: its connection is released, and the next call is answered.

    openai/openai-python#763: connections that were not released exhausted the pool.
    """
    answer = text.GREETING.answer
    server = serve(dialect.answering(answer))
    llm = build(server.url)

    for read in range(len(list(llm.stream(text.GREETING.messages)))):
        with llm.stream(text.GREETING.messages) as deltas:
            for _ in range(read):
                next(deltas)
        assert server.wait_until_open_at_most(1)
        laws.answers_both_ways(llm, text.GREETING)

    llm.unload()
    assert server.wait_until_closed()


def test_interleaved_streams_are_independent(play: Play, dialect: Dialect) -> None:
    """Two streams of one instance that are read in turn each give their own answer."""
    one, other = text.COUNT, text.ALPHABET
    by_prompt = {turn.messages[0]["content"]: turn.answer for turn in (one, other)}
    llm = play(dialect.answering_by_prompt(by_prompt))
    streams = llm.stream(one.messages), llm.stream(other.messages)

    deltas_in_turn = list(zip_longest(*streams, fillvalue=""))

    for turn, stream_, deltas in zip((one, other), streams, zip(*deltas_in_turn, strict=True), strict=True):
        assert "".join(deltas) == turn.answer.text
        laws.is_the_answer(stream_.response, turn.answer)


@pytest.mark.core
def test_an_abandoned_stream_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream that is dropped half read closes its connection, without a call of close().

    onyx-dot-app/onyx#13743: the socket stayed open for ever.
    """
    server, llm = _half_sent(serve, build, dialect)
    deltas = llm.stream(text.COUNT.messages)
    next(deltas)

    del deltas
    gc.collect()

    assert server.wait_for_client_to_leave()


def test_an_early_response_is_a_named_error(play: Play, dialect: Dialect) -> None:
    """``.response`` raises ``StreamNotFinishedError`` before the end of its stream."""
    llm = play(dialect.answering(text.COUNT.answer))
    deltas = llm.stream(text.COUNT.messages)

    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response
    next(deltas)
    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response

    list(deltas)
    laws.is_the_answer(deltas.response, text.COUNT.answer)


def test_nothing_is_sent_before_the_first_iteration(play: Play, sent: Sent, dialect: Dialect) -> None:
    """stream() sends nothing before its first iteration."""
    deltas = play(dialect.answering(text.GREETING.answer)).stream(text.GREETING.messages)
    assert sent() == []

    list(deltas)

    assert len(sent()) == 1


def _half_sent(serve: Serve, build: Build, dialect: Dialect) -> tuple[ScriptedServer, BaseLLM]:
    """A server that sends half of an answer and holds back the rest, and a backend in front of it."""
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    server = serve(dialect.streamed([*events[:half], Wait(threading.Event()), *events[half:]]))
    return server, build(server.url)


@pytest.mark.dialects(but=("bedrock",))
def test_the_halves_of_a_character_are_joined(play: Play, dialect: Dialect) -> None:
    """The two halves of a character, in two deltas, are one character, and half of one is never reported.

    elie222/rakazo#416: JSON escapes an emoji as two surrogates; a text with one of them cannot be encoded.
    """
    events = dialect.events(Answer("Wow @@@@####"))
    halves = [event.replace(b"@@@@", rb"\ud83d").replace(b"####", rb"\ude00") for event in events]
    assert halves != events

    response = laws.read(play(dialect.streamed(halves)).stream(text.GREETING.messages))

    laws.is_the_answer(response, Answer("Wow 😀"))
