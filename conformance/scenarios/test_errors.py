"""Errors, as a caller sees them."""

from __future__ import annotations

import logging
from functools import partial
from typing import get_args

import pytest

from conformance.testing import (
    CALL_MODES,
    Build,
    CallMode,
    Dialect,
    ErrorKind,
    Interview,
    Play,
    Sent,
    Serve,
    Stage,
    Stall,
    Target,
    laws,
    text,
)

QUESTION = text.GREETING.messages
PATIENCE = 0.15
"""The timeout in seconds for a silent server; it includes loading."""

REFUSED = ("refused", "Connect call failed")
"""The system's words for a refused connection, and asyncio's."""


@pytest.mark.core
@pytest.mark.overflows
def test_overflow_is_raised_by_invoke(target: Target, interview: Interview) -> None:
    """A prompt that exceeds the context raises ``context_limit`` from invoke."""
    error = laws.overflows(lambda: interview.invoke(text.overflow(target.context)))

    assert error.retryable is False


@pytest.mark.core
@pytest.mark.overflows
def test_overflow_is_raised_by_a_stream(target: Target, interview: Interview) -> None:
    """A prompt that exceeds the context raises ``context_limit`` while the stream is iterated."""
    laws.overflows(lambda: interview.stream(text.overflow(target.context)))


@pytest.mark.provoked("key")
@pytest.mark.refused("wrong_key")
def test_a_wrong_key_is_an_authentication_error(
    stage: Stage, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key is reported as ``authentication`` or makes load() return False, and is shown in no text.

    A backend that asks its server something while it loads is refused there: load() is False and the log
    gives the reason (agustif/opencode-lmstudio#41: a silent fallback to an older API showed no models).
    """
    wrong = "sk-conformance-wrong-key"
    llm = build(stage.url, key=wrong, load=False)

    if llm.load():
        response = llm.invoke(QUESTION, **stage.limits)
        laws.failed_as(response, "authentication")
        assert (response.status in (400, 401, 403), response.retryable) == (True, False)
        assert wrong not in str(response)

    assert any(word in caplog.text.lower() for word in ("key", "token", "authentication"))
    assert wrong not in caplog.text


@pytest.mark.provoked
def test_an_unknown_path_is_not_found(stage: Stage, build: Build) -> None:
    """A base URL with an unknown path is reported as ``not_found``."""
    response = build(f"{stage.url}/nowhere").invoke(QUESTION, **stage.limits)

    laws.failed_as(response, "not_found")
    assert response.retryable is False


@pytest.mark.core
@pytest.mark.refused("unknown_model")
def test_an_unknown_model_is_not_found(
    target: Target, stage: Stage, build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    """An unknown model is reported as ``not_found`` or ``bad_request``, or makes load() return False.

    A backend that looks for its model while it loads finds none: load() is False and the log names it.
    """
    llm = build(stage.url, model=f"{target.model}{text.UNKNOWN_MODEL_SUFFIX}", load=False)

    if llm.load():
        response = llm.invoke(QUESTION, **stage.limits)
        assert response.error_kind in ("not_found", "bad_request"), f"{response.error_kind}: {response.error}"
        laws.failed_as(response, response.error_kind)
        assert response.retryable is False
    else:
        assert text.UNKNOWN_MODEL_SUFFIX in caplog.text


@pytest.mark.core
@pytest.mark.refused("bad_parameter")
def test_a_bad_parameter_is_a_bad_request(interview: Interview) -> None:
    """A parameter with an invalid value is reported as ``bad_request`` in the server's own words."""
    for response in (interview.invoke(text.INVALID_PARAMETER), interview.stream(text.INVALID_PARAMETER)):
        laws.refused(response)


@pytest.mark.core
def test_a_refused_connection_is_a_connection_error(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A refused connection is reported as a retryable ``connection`` error that names the cause.

    vllm-project/vllm#15518: "Connection error." hid the cause.
    """
    server = serve(dialect.answering(text.GREETING.answer))
    llm = build(server.url)
    server.stop()

    response = llm.invoke(QUESTION)
    stream = llm.stream(QUESTION)
    assert list(stream) == []

    for failed in (response, stream.response):
        laws.failed_as(failed, "connection")
        assert failed.retryable
        assert any(words in str(failed.error) for words in REFUSED)


@pytest.mark.core
@pytest.mark.routes("stream")
@pytest.mark.parametrize("ask", CALL_MODES, ids=["invoke", "stream"])
def test_a_silent_server_is_a_timeout(ask: CallMode, play: Play) -> None:
    """A server that accepts the connection and never answers is reported as ``timeout``."""
    laws.failed_as(ask(play([Stall()], timeout=PATIENCE)), "timeout")


@pytest.mark.core
@pytest.mark.routes
def test_the_key_is_sent_in_its_header_and_to_no_other_host(
    play: Play, sent: Sent, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is sent in its header and nowhere else, in one request for each call, by invoke and by stream.

    A key of another provider in the environment goes nowhere: OpenHands/OpenHands#806 sent a local
    placeholder to the hosted API. The suite's network guard fails any request to another host.
    """
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-somebody-else")
    key = "sk-conformance-the-right-key"
    llm = play(dialect.answering(text.GREETING.answer), key=key)

    laws.is_the_answer(llm.invoke(QUESTION), text.GREETING.answer)
    list(llm.stream(QUESTION))

    assert len(sent()) == 2
    for request in sent():
        assert dialect.carries_key(request.headers, key)
        assert key.encode() not in request.body
        assert "somebody-else" not in str(request.headers.raw)


def test_the_key_is_never_shown(play: Play, dialect: Dialect, caplog: pytest.LogCaptureFixture) -> None:
    """A key that the server echoes appears in no error text, no log line and no repr."""
    caplog.set_level(logging.DEBUG)
    key = "sk-conformance-echoed-key"
    llm = play(dialect.error("authentication", f"Incorrect API key provided: {key}.").reply(), key=key)

    response = llm.invoke(QUESTION)

    laws.failed_as(response, "authentication")
    assert key not in str(response)
    assert key not in repr(llm)
    assert key not in caplog.text


@pytest.mark.core
@pytest.mark.routes("authentication", "context_limit")
@pytest.mark.parametrize("kind", get_args(ErrorKind))
def test_each_error_of_a_provider_has_its_kind(kind: ErrorKind, play: Play, dialect: Dialect) -> None:
    """Each error in the provider's own form is reported with its kind, from invoke and from stream."""
    failure = dialect.error(kind)
    llm = play(failure.reply())

    if kind == "context_limit":
        for ask in CALL_MODES:
            laws.overflows(partial(ask, llm))
        return
    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, kind)
        assert response.status == failure.status


THROTTLED = {
    "limit": "Rate limit exceeded. Quota request exceeds the tokens limit.",
    "tokens": "Too many tokens, please wait before trying again.",
    "day": "Too many tokens per day, please wait before trying again.",
    "prefixed": "Throttling error: Too many tokens, please wait before trying again.",
    "requests": "Too many requests, please wait before trying again.",
}


@pytest.mark.core
@pytest.mark.parametrize("words", THROTTLED.values(), ids=THROTTLED)
def test_a_429_about_tokens_is_a_rate_limit(words: str, play: Play, sent: Sent, dialect: Dialect) -> None:
    """A 429 is reported as ``rate_limit``, even if its message speaks of tokens and limits.

    Taken for an overflow, it costs the history: anomalyco/opencode#39621, crewAIInc/crewAI#7377;
    RooCodeInc/Roo-Code#5050 called the task completed.
    """
    failure = dialect.error("rate_limit", words)._replace(status=429)
    llm = play(failure.reply())

    for response in laws.ask_both_ways(llm, QUESTION):
        laws.failed_as(response, "rate_limit")
        assert response.status == 429
        assert response.retryable
        assert words in str(response.error)
    assert len(sent()) == 2
