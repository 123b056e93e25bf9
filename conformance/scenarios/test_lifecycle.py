"""Loading and unloading: idempotent, complete, and without effect on other instances.

Scripts in every mode: a recording has no sockets that could stay open.
"""

from __future__ import annotations

import threading

import pytest

from conformance.testing import DEADLINE, Build, Dialect, Play, Sent, Serve, Wait, laws, text

GREETING = text.GREETING


@pytest.mark.parametrize("unloaded", [False, True], ids=["before-load", "after-unload"])
def test_use_of_an_unloaded_backend_is_not_loaded(
    unloaded: bool, play: Play, sent: Sent, dialect: Dialect
) -> None:
    """A call before load() or after unload() is reported as ``not_loaded``, and nothing is sent.

    An application may ask while a model is loading; a raw AttributeError of the SDK's client would end it.
    After unload() the SDK's "client has been closed" looks like a connection error: BerriAI/litellm#19608,
    Skyvern-AI/skyvern#4676.
    """
    llm = play(dialect.answering(GREETING.answer), load=unloaded)
    llm.unload()

    for response in laws.ask_both_ways(llm, GREETING.messages):
        laws.failed_as(response, "not_loaded", "not_loaded")
        assert response.content == ""
    assert sent() == []


def test_a_stream_begun_after_unload_sends_nothing(play: Play, sent: Sent, dialect: Dialect) -> None:
    """A stream that is first iterated after unload() sends nothing and is reported as ``not_loaded``."""
    llm = play(dialect.answering(GREETING.answer))
    stream = llm.stream(GREETING.messages)
    llm.unload()

    assert list(stream) == []
    laws.failed_as(stream.response, "not_loaded", "not_loaded")
    assert sent() == []


def test_a_second_load_does_nothing(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A second load() returns True and opens nothing that one unload() leaves behind.

    lmstudio-ai/lmstudio-bug-tracker#168: the second load made a second instance.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)

    assert llm.load() is True
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
    llm.unload()

    assert llm.loaded is False
    assert server.wait_until_closed()


def test_a_second_unload_does_nothing(play: Play, dialect: Dialect) -> None:
    """unload() may be called before load(), and a second time."""
    llm = play(dialect.answering(GREETING.answer), load=False)
    llm.unload()
    assert llm.load() is True
    assert llm.loaded is True

    llm.unload()
    llm.unload()

    assert llm.loaded is False


@pytest.mark.core
def test_a_backend_can_be_loaded_again(play: Play, dialect: Dialect) -> None:
    """A backend that is unloaded and loaded again answers as before.

    A closed client kept in a cache answers no more: BerriAI/litellm#19608.
    """
    llm = play(dialect.answering(GREETING.answer))
    before = llm.invoke(GREETING.messages)
    llm.unload()

    assert llm.load() is True

    laws.is_the_answer(before, GREETING.answer)
    laws.same_answer(llm.invoke(GREETING.messages), before)


@pytest.mark.core
@pytest.mark.routes
def test_unload_closes_every_connection(serve: Serve, build: Build, dialect: Dialect) -> None:
    """unload() closes every connection, also those that are kept for a later call.

    onyx-dot-app/onyx#13743, BerriAI/litellm#21213: sockets stay in a pool of the process.
    """
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url)
    list(llm.stream(GREETING.messages))  # first: a client may close the connection of a stream at its end
    laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)

    llm.unload()

    assert server.wait_until_closed(), f"{server.open_connections()} connections are still open"


def test_unload_does_not_affect_another_instance(serve: Serve, build: Build, dialect: Dialect) -> None:
    """unload() of one instance does not affect another instance.

    BerriAI/litellm#20025: one handler's end closed a client that others still used.
    """
    server = serve(dialect.answering(GREETING.answer))
    one, other = build(server.url), build(server.url)
    laws.is_the_answer(one.invoke(GREETING.messages), GREETING.answer)
    laws.is_the_answer(other.invoke(GREETING.messages), GREETING.answer)

    one.unload()

    laws.is_the_answer(other.invoke(GREETING.messages), GREETING.answer)


@pytest.mark.core
def test_unload_during_a_stream_ends_it(play: Play, serve: Serve, build: Build, dialect: Dialect) -> None:
    """unload() ends a stream that another thread reads as ``interrupted``, and its text is kept.

    ggml-org/llama.cpp#28698, lmstudio-ai/lmstudio-bug-tracker#1796: the generation was cut, and the reader
    waited, or took half an answer for a complete one.
    """
    events = dialect.events(text.COUNT.answer)
    half = events[: len(events) // 2]
    sent = laws.read(play(dialect.streamed(half)).stream(text.COUNT.messages)).content
    stalled = serve(dialect.streamed([*half, Wait(threading.Event(), 3 * DEADLINE)]))
    llm = build(stalled.url, timeout=10 * DEADLINE)
    other = play(dialect.answering(GREETING.answer))
    deltas = llm.stream(text.COUNT.messages)
    received: list[str] = []
    waiting = threading.Event()

    def listen() -> None:
        for delta in deltas:
            received.append(delta)
            if "".join(received) == sent:  # the next delta will not come
                waiting.set()

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    assert waiting.wait(DEADLINE), "the deltas do not come as they are sent"
    # By the end of this exchange the reader waits in its socket, where only a shutdown wakes it.
    laws.answers_both_ways(other, GREETING)

    llm.unload()
    reader.join(DEADLINE)

    assert not reader.is_alive(), "the stream still waits"
    laws.failed_as(deltas.response, "interrupted")
    assert deltas.response.content == "".join(received) == sent


def test_a_backend_is_a_context_manager(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A ``with`` block loads the backend, and unloads it at its end, also if the block raises."""
    server = serve(dialect.answering(GREETING.answer))
    llm = build(server.url, load=False)

    def fail_inside() -> None:
        with llm as entered:
            assert entered is llm
            laws.is_the_answer(llm.invoke(GREETING.messages), GREETING.answer)
            raise LookupError

    with pytest.raises(LookupError):
        fail_inside()

    assert llm.loaded is False
    assert server.wait_until_closed()


def test_loaded_agrees_with_load(play: Play, dialect: Dialect) -> None:
    """``loaded`` agrees with the result of load(), and the model has a name."""
    llm = play(dialect.answering(GREETING.answer), load=False)

    before = llm.loaded
    assert llm.load() is True

    assert (before, llm.loaded) == (False, True)
    assert llm.model_name


def test_an_unknown_capability_counts_as_missing(build: Build) -> None:
    """has_capability() is True only if the capability is known to be there."""
    llm = build("http://127.0.0.1:9", load=False)

    for known in (True, False, None):
        llm.capabilities["image"] = known
        assert llm.has_capability("image") is (known is True)
