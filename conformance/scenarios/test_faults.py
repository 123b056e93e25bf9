"""Good answers over bad transport, and bad answers: the same answer, or an error that says so.

Scripts: no real server breaks on demand. Each takes an answer of the dialogue in the target's wire and
cuts, delays or replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conformance import laws
from conformance.dialogue import Answer, Turn, text, tools
from conformance.wire import Cut, Handler, Reset, Stall, Step, WireServer, always, reply, stream
from conformance.wire.dialects import Dialect
from provider.base import BaseLLM
from provider.errors import LLMProviderError
from provider.response import LLMResponse

Serve = Callable[[Handler], WireServer]
Build = Callable[..., BaseLLM]

TURNS = [text.ACCENTS, tools.PARALLEL, tools.TEXT_BESIDE_CALL]
QUESTION = text.GREETING.messages
PATIENCE = 0.2
"""Seconds that a backend is told to wait for a server that stalls."""

BY_TURN = pytest.mark.parametrize("turn", TURNS, ids=[turn.name for turn in TURNS])


def one_byte(events: Sequence[bytes]) -> list[bytes]:
    """Every byte in a chunk of its own, so also inside every character."""
    return [bytes([byte]) for byte in b"".join(events)]


def odd_sizes(events: Sequence[bytes]) -> list[bytes]:
    """Pieces of seven bytes: lines, events and characters are cut anywhere."""
    whole = b"".join(events)
    return [whole[start : start + 7] for start in range(0, len(whole), 7)]


def all_at_once(events: Sequence[bytes]) -> list[bytes]:
    """The whole stream in one piece."""
    return [b"".join(events)]


def crlf(events: Sequence[bytes]) -> list[bytes]:
    """Lines ended by CRLF, as Gemini ends them."""
    return [event.replace(b"\n", b"\r\n") for event in events]


def with_comments(events: Sequence[bytes]) -> list[bytes]:
    """Comments and empty events between the events (mnfst/llm-gateway#2053, openai/openai-python#2722)."""
    return [
        part for event in events for part in (b": PROCESSING\n\n", b":\n\n", b"event: ping\ndata:\n\n", event)
    ]


@pytest.mark.parametrize("cut", [one_byte, odd_sizes, all_at_once, crlf, with_comments])
@BY_TURN
def test_however_a_stream_is_cut_into_pieces(
    turn: Turn, cut: Callable[[Sequence[bytes]], list[bytes]], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """The pieces in which a stream arrives are no part of the answer.

    vllm-project/vllm#38732, deeplethe/utopia#764: characters cut between two reads were lost.
    """
    llm = build(serve(always(stream(cut(dialect.events(turn.answer))))).url)

    response = _streamed(llm, turn)

    laws.is_the_answer(response, turn.answer)
    laws.counted(response)


@pytest.mark.parametrize("ending", [None, Cut(), Reset()], ids=["clean", "cut", "reset"])
@BY_TURN
def test_a_stream_that_ends_early_is_interrupted(
    turn: Turn, ending: Step | None, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Ended after any event before its finish reason, a stream is ``interrupted``; its text is kept.

    The stream cut short that looks complete: griffinwork40/agent-afk#635, brightwave-inc/tidebreak#1124
    (half a tool call was run). litellm invents a finish reason and a usage for it.
    """
    events = dialect.events(turn.answer)
    finish = next(number for number, event in enumerate(events) if dialect.ends_answer(event))
    told = [[*events[:kept], *([ending] if ending else [])] for kept in range(1, finish)]
    rest = iter(told)
    server = serve(lambda _: stream(next(rest)))
    llm = build(server.url)

    for _ in told:
        response = _streamed(llm, turn)
        laws.failed_as(response, "interrupted")
        assert turn.answer.text.startswith(response.content)
        assert response.tool_calls == [], "half a tool call"
    llm.unload()
    assert server.wait_until_closed()


def test_a_stalled_stream_is_a_timeout(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``timeout`` bounds the wait between two events too, and the text that came is kept.

    earendil-works/pi#7959: only the first byte was waited for with a limit.
    """
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    llm = build(serve(always(stream([*events[:half], Stall()]))).url, timeout=PATIENCE)

    response = _streamed(llm, text.COUNT)

    laws.failed_as(response, "timeout")
    assert response.content
    assert text.COUNT.answer.text.startswith(response.content)


@pytest.mark.parametrize("ending", [[Reset()], [Cut()]], ids=["reset", "closed"])
def test_a_connection_that_breaks_before_the_answer(ending: list[Step], serve: Serve, build: Build) -> None:
    """A server that hangs up without a word is a failure that may pass, in invoke and in stream."""
    llm = build(serve(always(ending)).url)

    for response in (llm.invoke(QUESTION), _streamed(llm, text.GREETING)):
        assert response.error_kind in ("connection", "interrupted"), response.error
        assert response.retryable
        assert response.content == ""


STATUSES = {
    400: "bad_request",
    401: "authentication",
    402: "quota",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "server",
    413: "bad_request",
    422: "bad_request",
    429: "rate_limit",
    500: "server",
    502: "server",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items(), ids=[str(status) for status in STATUSES])
def test_a_status_says_what_happened(
    status: int, kind: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Each status is its own kind, in invoke and in stream, and costs exactly one request with no retries.

    openai/openai-cookbook#2812: the SDK's retries inside the application's made 18 requests of one.
    """
    server = serve(always(reply({"error": {"message": "No."}}, status)))
    llm = build(server.url)

    for response in (llm.invoke(QUESTION), _streamed(llm, text.GREETING)):
        laws.failed_as(response, kind)
        assert response.status == status
        assert "No." in str(response.error)
    assert len(dialect.chats(server.requests)) == 2


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_what_may_pass_is_tried_again_as_often_as_configured(
    status: int, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """``max_retries`` more requests, and not one more; a success in between is the answer."""
    failing = reply({"error": {"message": "No."}}, status, {"retry-after": "0"})
    answer = dialect.answering(text.GREETING.answer)
    seen: list[str] = []

    def second_time(request: Any) -> Any:
        seen.append(request.path)
        return failing if len(seen) % 2 else answer(request)

    server = serve(always(failing))
    laws.failed_as(build(server.url, max_retries=2).invoke(QUESTION), STATUSES[status])
    assert len(dialect.chats(server.requests)) == 3

    llm = build(serve(second_time).url, max_retries=1)
    laws.is_the_answer(llm.invoke(QUESTION), text.GREETING.answer)
    laws.is_the_answer(_streamed(llm, text.GREETING), text.GREETING.answer)
    assert len(seen) == 4


@pytest.mark.parametrize("header", ["7", "7.5"])
def test_retry_after_is_handed_on(header: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """The seconds that the server asks to wait reach the caller."""
    failure = dialect.error("rate_limit")
    llm = build(serve(always(reply(failure.body, failure.status, {"retry-after": header}))).url)

    for response in (llm.invoke(QUESTION), _streamed(llm, text.GREETING)):
        assert response.retry_after == float(header)


BODIES: dict[str, bytes] = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>sorry</body></html>",
    "truncated": b'{"id":"x","choices":[{"index":0,"mess',
    "null": b"null",
    "list": b"[]",
    "text": b'"Hello"',
    "no-choices": b'{"id":null,"choices":null,"content":null}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_200_that_is_no_answer_is_malformed(body: bytes, serve: Serve, build: Build) -> None:
    """Whatever else comes with a 200 is an error in the response, never a success and never an exception.

    volcengine/OpenViking#3022 (empty), neavo/LinguaGacha#137 (HTML), pydantic/pydantic-ai#6885 (nulls).
    """
    llm = build(serve(always(reply(body))).url)

    for response in (llm.invoke(QUESTION), _streamed(llm, text.GREETING)):
        laws.failed_as(response, "malformed_response")
        assert response.content == ""


@pytest.mark.parametrize("kind", ["rate_limit", "overloaded", "authentication", "server"])
def test_an_error_inside_a_200_is_that_error(kind: Any, serve: Serve, build: Build, dialect: Dialect) -> None:
    """An error object where the answer should be keeps its class: pydantic/pydantic-ai#2323."""
    failure = dialect.error(kind)
    llm = build(serve(always(reply(failure.body))).url)

    for response in (llm.invoke(QUESTION), _streamed(llm, text.GREETING)):
        laws.failed_as(response, kind)


def test_an_error_inside_a_stream_is_that_error(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An error event after some text is the error, and the text is kept (BerriAI/litellm#40578, #4562)."""
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    failure = json.dumps(dialect.error("overloaded").body).encode()
    ending = b"event: error\ndata: " + failure + b"\n\n"
    llm = build(serve(always(stream([*events[:half], ending]))).url)

    response = _streamed(llm, text.COUNT)

    laws.failed_as(response, "overloaded")
    assert response.content
    assert text.COUNT.answer.text.startswith(response.content)


def test_an_overflow_inside_a_200_is_raised(serve: Serve, build: Build, dialect: Dialect) -> None:
    """A context overflow is raised wherever it stands: oobabooga/textgen#7257 sends it with a 200."""
    failure = dialect.error("context_limit")
    llm = build(serve(always(reply(failure.body))).url)

    with pytest.raises(LLMProviderError) as invoked:
        llm.invoke(QUESTION)
    with pytest.raises(LLMProviderError) as streamed:
        list(llm.stream(QUESTION))

    assert invoked.value.code == streamed.value.code == "context_limit"


def test_an_answer_of_one_word_repeated(serve: Serve, build: Build, dialect: Dialect) -> None:
    """An answer may repeat itself: BerriAI/litellm#5158 ends such a stream as a broken model's."""
    answer = Answer("tick" * 150)
    llm = build(serve(dialect.answering(answer)).url)

    stream_ = llm.stream(QUESTION)
    laws.deltas_are_text(list(stream_), stream_.response)

    laws.is_the_answer(stream_.response, answer)


def _streamed(llm: BaseLLM, turn: Turn) -> LLMResponse:
    """Read a stream to its end; only the laws of every stream are asserted."""
    stream_ = llm.stream(turn.messages, **laws.request_of(turn))
    laws.deltas_are_text(list(stream_), stream_.response)
    laws.well_formed(stream_.response)
    return stream_.response
