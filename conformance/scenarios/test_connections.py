"""Connections: every call releases its own, however it ends.

Scripts in every mode: a recording has no connection.
"""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance.testing import (
    DEADLINE,
    KEY,
    Build,
    Close,
    Cut,
    Dialect,
    Play,
    Reset,
    Script,
    Serve,
    Step,
    Target,
    Wait,
    in_order,
    laws,
    reply,
    text,
)

GREETING = text.GREETING


@pytest.mark.core
def test_calls_in_a_row_keep_one_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Calls in a row never leave more than one connection open.

    openai/openai-python#1361: a client of its own for every call, and none of them closed.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)

    for _ in range(5):
        laws.answers_both_ways(llm, GREETING)
        assert server.wait_until_open_at_most(1)


def test_answered_calls_share_a_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """Successful calls in a row share one connection.

    openai/openai-python#1361.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)

    for _ in range(5):
        laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)

    assert len(server.connections) == 1


BAD_ENDS: dict[str, Callable[[Dialect], Script]] = {
    "400": lambda _: reply({"error": {"message": "No."}}, 400),
    "429": lambda _: reply({"error": {"message": "No."}}, 429),
    "500": lambda _: reply({"error": {"message": "No."}}, 500),
    "no-json": lambda _: reply(b"<html>sorry</html>"),
    "cut": lambda dialect: dialect.streamed([*dialect.events(GREETING.answer)[:2], Cut()]),
    "in-band": lambda dialect: dialect.streamed(
        [*dialect.events(GREETING.answer)[:2], dialect.error_event("overloaded")]
    ),
    "in-band-unfinished": lambda dialect: dialect.streamed(
        [*dialect.events(GREETING.answer)[:2], dialect.error_event("overloaded"), Wait(threading.Event())]
    ),
}


@pytest.mark.parametrize("ending", BAD_ENDS.values(), ids=BAD_ENDS)
def test_a_failed_stream_frees_its_connection(
    ending: Callable[[Dialect], Script], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """A stream that fails releases its connection, however it fails.

    openai/openai-python#763: after a few failures the pool was empty, and every call waited for ever.
    """
    server = serve(ending(dialect))
    llm = build(server.url)

    for _ in range(3):
        stream = llm.stream(GREETING.messages)
        list(stream)
        assert stream.response.is_error
        assert server.wait_until_open_at_most(1)


@pytest.mark.core
def test_a_connection_that_the_server_closed_is_replaced(
    serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An idle connection that the server has closed costs neither an error nor a retry.

    lmstudio-ai/lmstudio-bug-tracker#907: after the machine had slept only a restart helped.
    """
    answer = dialect.answering(GREETING.answer)
    server = serve(lambda request: [*answer(request), Close()])
    llm = build(server.url, max_retries=0)

    for _ in range(3):
        laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
        assert server.wait_until_closed()
        laws.is_the_answer(laws.read(llm.stream(GREETING.messages)), GREETING.answer)
        assert server.wait_until_closed()


@pytest.mark.core
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_not_followed(status: int, serve: Serve, build: Build, dialect: Dialect) -> None:
    """A redirect is an error that names the other address, which gets no request: it would get the key."""
    other = serve(dialect.answering(GREETING.answer))
    server = serve(reply(b"", status, {"location": f"{other.url}/elsewhere"}))
    llm = build(server.url)

    for response in laws.ask_both_ways(llm, GREETING.messages):
        assert response.is_error
        assert not response.retryable
        assert other.url in str(response.error)

    assert other.requests == ()
    assert server.wait_until_open_at_most(1)


@pytest.mark.parametrize("ending", [Cut(), Reset()], ids=["closed", "reset"])
def test_a_backend_recovers_from_a_broken_connection(ending: Step, play: Play, dialect: Dialect) -> None:
    """A reused connection that breaks is reported as a retryable error, and the next call is answered."""
    good = dialect.streamed(dialect.events(GREETING.answer))
    llm = play(in_order([good, [ending], good]))

    laws.is_the_answer(laws.read(llm.stream(GREETING.messages)), GREETING.answer)
    failed = laws.read(llm.stream(GREETING.messages))
    assert failed.is_error
    assert failed.error_kind in ("connection", "interrupted"), failed.error
    assert failed.retryable
    laws.is_the_answer(laws.read(llm.stream(GREETING.messages)), GREETING.answer)


def test_other_instances_do_not_end_a_stream(
    target: Target, play: Play, serve: Serve, dialect: Dialect
) -> None:
    """A stream is read to its end while other instances are made, used, unloaded and dropped.

    Agenta-AI/agenta#3539: a cache of clients threw out one that was in use. BerriAI/litellm#20025: the end
    of one handler closed the client of others.
    """
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    rest = threading.Event()
    llm = play(dialect.streamed([*events[:half], Wait(rest), *events[half:]]))
    others = serve(dialect.answering(GREETING.answer))
    deltas = llm.stream(text.COUNT.messages)
    received = [next(deltas)]

    with collected():
        for _ in range(3):
            whole_life(target, others.url)
    rest.set()

    received += deltas
    laws.is_the_answer(deltas.response, text.COUNT.answer)
    assert "".join(received) == text.COUNT.answer.text


def test_an_unloaded_instance_is_collected_silently(
    target: Target, serve: Serve, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """An unloaded instance is garbage-collected without a warning and without a log line.

    openai/openai-python#1254, NousResearch/hermes-agent#3398: "Task exception was never retrieved".
    """
    server = serve(dialect.answering(GREETING.answer))

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        with collected():
            whole_life(target, server.url)

    assert [str(each.message) for each in complaints if issubclass(each.category, ResourceWarning)] == []
    assert caplog.messages == []


def whole_life(target: Target, url: str) -> None:
    """Make an instance, load it, ask it, unload it and drop it."""
    llm = target.build(url, KEY, timeout=DEADLINE, max_retries=0)
    assert llm.load() is True
    laws.answers_both_ways(llm, GREETING)
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    llm.unload()


@contextmanager
def collected() -> Iterator[None]:
    """Collect the garbage of the block, and only that: what is older is left out to the end of the run."""
    gc.freeze()
    yield
    gc.collect()
