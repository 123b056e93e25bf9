"""Good answers over bad transport: the same answer, or an error that says so.

Scripts: no real server breaks on demand. Each takes an answer of the dialogue in the target's wire and
cuts or delays it, or answers with a status instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conformance import laws
from conformance.dialogue import Turn, text, tools
from conformance.suite.stage import Build, Serve
from conformance.wire import Cut, Reset, Stall, Step, always, reply
from conformance.wire.dialects import Dialect

TURNS = [text.ACCENTS, tools.PARALLEL, tools.TEXT_BESIDE_CALL]
QUESTION = text.GREETING.messages
PATIENCE = 0.2
"""Seconds that a backend is told to wait for a server that stalls."""

BY_TURN = pytest.mark.parametrize(
    "turn",
    [
        pytest.param(turn, id=turn.name, marks=[pytest.mark.core] if turn is tools.TEXT_BESIDE_CALL else [])
        for turn in TURNS
    ],
)
"""The one with text and a call stands for all where only the core is asked."""


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


@pytest.mark.parametrize("cut", [one_byte, odd_sizes, all_at_once])
@BY_TURN
def test_however_a_stream_is_cut_into_pieces(
    turn: Turn, cut: Callable[[Sequence[bytes]], list[bytes]], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """The pieces in which a stream arrives are no part of the answer.

    vllm-project/vllm#38732, deeplethe/utopia#764: characters cut between two reads were lost.
    """
    llm = build(serve(always(dialect.streamed(cut(dialect.events(turn.answer))))).url)

    response = laws.read(llm.stream(turn.messages, **laws.request_of(turn)))

    laws.is_the_answer(response, turn.answer)
    laws.counted(response)


@pytest.mark.parametrize("cut", [crlf, with_comments])
@pytest.mark.parametrize("turn", TURNS, ids=[turn.name for turn in TURNS])
def test_line_ends_and_comments_are_no_part_of_an_answer(
    turn: Turn, cut: Callable[[Sequence[bytes]], list[bytes]], serve: Serve, build: Build, dialect: Dialect
) -> None:
    """An event stream may end its lines in another way, and say nothing between two events.

    ggml-org/llama.cpp#24013: a bare colon while the prompt is read; openai/openai-python#2722: a comment
    after an ``id:`` is an event without data.
    """
    llm = build(serve(always(dialect.streamed(cut(dialect.events(turn.answer))))).url)

    laws.is_the_answer(laws.read(llm.stream(turn.messages, **laws.request_of(turn))), turn.answer)


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
    server = serve(lambda _: dialect.streamed(next(rest)))
    llm = build(server.url)

    for _ in told:
        response = laws.read(llm.stream(turn.messages, **laws.request_of(turn)))
        laws.failed_as(response, "interrupted")
        assert turn.answer.text.startswith(response.content)
        assert response.tool_calls == [], "half a tool call"
    llm.unload()
    assert server.wait_until_closed()


@pytest.mark.core
def test_a_stalled_stream_is_a_timeout(serve: Serve, build: Build, dialect: Dialect) -> None:
    """``timeout`` bounds the wait between two events too, and the text that came is kept.

    earendil-works/pi#7959: only the first byte was waited for with a limit.
    """
    events = dialect.events(text.COUNT.answer)
    half = len(events) // 2
    llm = build(serve(always(dialect.streamed([*events[:half], Stall()]))).url, timeout=PATIENCE)

    response = laws.read(llm.stream(text.COUNT.messages))

    laws.failed_as(response, "timeout")
    assert response.content
    assert text.COUNT.answer.text.startswith(response.content)


@pytest.mark.core
@pytest.mark.parametrize("ending", [[Reset()], [Cut()]], ids=["reset", "closed"])
def test_a_connection_that_breaks_before_the_answer(ending: list[Step], serve: Serve, build: Build) -> None:
    """A server that hangs up without a word is a failure that may pass, in invoke and in stream."""
    llm = build(serve(always(ending)).url)

    for response in (llm.invoke(QUESTION), laws.read(llm.stream(QUESTION))):
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


@pytest.mark.core
@pytest.mark.parametrize(("status", "kind"), STATUSES.items(), ids=[str(status) for status in STATUSES])
def test_a_status_says_what_happened(
    status: int, kind: str, serve: Serve, build: Build, dialect: Dialect
) -> None:
    """Each status is its own kind, in invoke and in stream, and costs exactly one request with no retries.

    openai/openai-cookbook#2812: the SDK's retries inside the application's made 18 requests of one.
    """
    server = serve(always(reply({"error": {"message": "No."}}, status)))
    llm = build(server.url)

    for response in (llm.invoke(QUESTION), laws.read(llm.stream(QUESTION))):
        laws.failed_as(response, kind)
        assert response.status == status
        assert "No." in str(response.error)
    assert len(dialect.chats(server.requests)) == 2


@pytest.mark.core
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
    laws.is_the_answer(laws.read(llm.stream(QUESTION)), text.GREETING.answer)
    assert len(seen) == 4


@pytest.mark.core
@pytest.mark.parametrize("header", ["7", "7.5"])
def test_retry_after_is_handed_on(header: str, serve: Serve, build: Build, dialect: Dialect) -> None:
    """The seconds that the server asks to wait reach the caller."""
    failure = dialect.error("rate_limit")
    llm = build(serve(always(reply(failure.body, failure.status, {"retry-after": header}))).url)

    for response in (llm.invoke(QUESTION), laws.read(llm.stream(QUESTION))):
        assert response.retry_after == float(header)
