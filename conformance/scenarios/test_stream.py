"""The same answer, delta by delta."""

from __future__ import annotations

import gc
import threading
from itertools import zip_longest

import pytest

from conformance.runner.stage.stage import Build, Serve
from conformance.servers.scripted import ScriptedServer, Wait, always
from conformance.servers.scripted.dialects import Dialect
from conformance.spec import laws
from conformance.spec.dialogue import text
from conformance.spec.interview import Interview
from provider.base import BaseLLM
from provider.errors import StreamNotFinishedError


@pytest.mark.core
def test_deltas_come_in_pieces(interview: Interview) -> None:
    """A stream of more than one token has more than one delta; one that is collected first is no stream."""
    turn = text.LONG  # Gemini tells forty tokens at once

    deltas = list(interview.llm.stream(turn.messages, **interview.limits))

    assert len(deltas) > 1
    assert turn.matcher("".join(deltas)) == turn.matcher(turn.answer.text)


@pytest.mark.core
def test_joined_deltas_are_the_invoked_answer(interview: Interview) -> None:
    """Joined, the deltas are what invoke gives, and so are finish reason and tokens.

    langchain-ai/langchain-litellm#56: the usage came after the last choice and was never read.
    """
    interview.answers(text.ALPHABET)


def test_a_long_answer(interview: Interview) -> None:
    """Sixty lines arrive whole and in order."""
    interview.answers(text.LONG)


@pytest.mark.core
def test_the_first_delta_does_not_wait_for_the_last(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A delta is handed on while the server still holds the rest.

    A script: replayed streams come in one piece, so a backend that collects them would pass.
    """
    rest = threading.Event()
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    server = serve(always(dialect.streamed([*events[:half], Wait(rest), *events[half:]])))
    deltas = build(server.url).stream(text.COUNT.messages)

    first = next(deltas)
    rest.set()

    assert first + "".join(deltas) == text.COUNT.answer.text


@pytest.mark.core
def test_leaving_early_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """close() ends the exchange: the server sees its client go, and the backend can serve again.

    openai/openai-python#763: connections that were not returned made the third request time out.
    """
    server, llm = _half_told(serve, build, dialect)
    deltas = llm.stream(text.COUNT.messages)
    next(deltas)

    deltas.close()
    deltas.close()

    assert server.wait_for_client_to_leave()
    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response


def test_the_end_of_a_with_block_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A stream is a context manager: leaving its block by an exception closes it as well."""
    server, llm = _half_told(serve, build, dialect)

    def leave_by_an_exception() -> None:
        with llm.stream(text.COUNT.messages) as deltas:
            next(deltas)
            raise LookupError

    with pytest.raises(LookupError):
        leave_by_an_exception()

    assert server.wait_for_client_to_leave()


def test_closing_at_any_event_leaves_a_backend_that_serves(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Wherever a stream is left, its connection is freed and the next call is answered.

    openai/openai-python#763: a pool ran out of connections that nobody had given back.
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


def test_two_streams_at_once(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Two streams of one instance, read in turn, each tell their own answer."""
    one, other = text.COUNT, text.ALPHABET
    by_prompt = {turn.messages[0]["content"]: turn.answer for turn in (one, other)}
    llm = build(serve(dialect.answering_by_prompt(by_prompt)).url)
    streams = llm.stream(one.messages), llm.stream(other.messages)

    told = list(zip_longest(*streams, fillvalue=""))

    for turn, stream_, deltas in zip((one, other), streams, zip(*told, strict=True), strict=True):
        assert "".join(deltas) == turn.answer.text
        laws.is_the_answer(stream_.response, turn.answer)


@pytest.mark.core
def test_an_abandoned_stream_frees_the_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Dropping a stream half read is enough: nobody calls close() after a ``break``.

    onyx-dot-app/onyx#13743: the socket stayed open for ever.
    """
    server, llm = _half_told(serve, build, dialect)
    deltas = llm.stream(text.COUNT.messages)
    next(deltas)

    del deltas
    gc.collect()

    assert server.wait_for_client_to_leave()


def test_a_response_asked_for_too_early_is_a_named_error(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """``.response`` before the end is an error with a name, never half an answer taken for a whole one."""
    llm = build(serve(dialect.answering(text.COUNT.answer)).url)
    deltas = llm.stream(text.COUNT.messages)

    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response
    next(deltas)
    with pytest.raises(StreamNotFinishedError):
        _ = deltas.response

    list(deltas)
    laws.is_the_answer(deltas.response, text.COUNT.answer)


def test_nothing_is_sent_before_the_first_iteration(serve: Serve, build: Build, dialect: Dialect) -> None:
    """stream() alone sends nothing: a stream that is never read costs nothing."""
    server = serve(dialect.answering(text.GREETING.answer))
    deltas = build(server.url).stream(text.GREETING.messages)
    assert dialect.chat_requests(server.requests) == []

    list(deltas)

    assert len(dialect.chat_requests(server.requests)) == 1


def _half_told(serve: Serve, build: Build, dialect: Dialect) -> tuple[ScriptedServer, BaseLLM]:
    """A server that tells half of an answer and holds the rest, and a backend in front of it."""
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    server = serve(always(dialect.streamed([*events[:half], Wait(threading.Event()), *events[half:]])))
    return server, build(server.url)
