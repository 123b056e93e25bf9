"""A status, a body or a broken connection in place of a recorded answer is reported as its error.

Derived: each plays the answers and streams of the target's recordings, or something in their place; for a
target without recordings, those of its dialect.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle

import pytest

from conformance.testing import (
    Build,
    Close,
    Cut,
    Dialect,
    ErrorKind,
    Interview,
    Material,
    Play,
    Reset,
    Sent,
    Serve,
    Stall,
    Step,
    cuts,
    derived,
    in_order,
    laws,
    reply,
)

STATUSES: dict[int, tuple[str, ErrorKind]] = {
    400: ("bad_request", "bad_request"),
    401: ("authentication", "authentication"),
    402: ("quota", "quota"),
    403: ("permission", "permission"),
    404: ("not_found", "not_found"),
    408: ("timeout", "server"),
    409: ("server", "server"),
    413: ("bad_request", "bad_request"),
    422: ("bad_request", "bad_request"),
    429: ("rate_limit", "rate_limit"),
    500: ("server", "server"),
    502: ("server", "server"),
    503: ("overloaded", "overloaded"),
    504: ("timeout", "server"),
    529: ("overloaded", "overloaded"),
}
"""The kind of each status, and the error whose body is sent with it."""

MAY_PASS = {408, 409, 429, 500, 502, 503, 504, 529}

BODIES: dict[str, bytes] = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>sorry</body></html>",
    "null": b"null",
    "list": b"[]",
    "text": b'"Hello"',
    "empty-text": b'""',
    "number": b"42",
    "no-utf-8": b'"\xe9t\xe9"',
    "no-choices": b'{"id":null,"choices":null,"content":null}',
    "empty-choices": b'{"id":"x","choices":[],"content":null}',
    "nulls": b'{"id":null,"choices":null,"model":null,"object":null,"usage":null}',
    "nested": b'{"id":null,"choices":null,"provider":{"choices":[{"message":{"content":"Hello"}}]}}',
}

PATIENCE = 0.1
"""The timeout in seconds of a call to a server that stalls."""

BREAKS: tuple[Step, ...] = (Cut(), Reset())

NOW = {"retry-after": "0.001"}
A_DAY = 24 * 60 * 60.0
LONG_AGO = format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)


@pytest.mark.core
@pytest.mark.parametrize("status", STATUSES, ids=str)
def test_each_status_has_its_error_kind(
    status: int, material: Material, play: Play, sent: Sent, dialect: Dialect
) -> None:
    """Each error status is reported with its kind, and only retryable ones are retried.

    What may pass is sent again as often as configured, all else once: openai/openai-cookbook#2812 (the SDK's
    retries inside the application's made 18 requests of one).
    """
    kind, worded = STATUSES[status]
    turn = material.answers[0].turn
    interview = Interview(play(reply(dialect.error(worded, "No.").body, status, NOW), max_retries=1))

    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.failed_as(response, kind)
        assert (response.status, response.retryable) == (status, status in MAY_PASS)
        assert "No." in str(response.error)
    assert len(sent()) == 2 * (2 if status in MAY_PASS else 1)


@pytest.mark.core
def test_an_error_status_with_a_good_body_is_an_error(material: Material, play: Play) -> None:
    """An error status is reported as an error, even if a complete answer or stream comes with it."""
    answer, stream = derived.shortest(material.answers)[0], derived.shortest(material.streams)[0]
    ways = cycle([(Interview.invoke, answer), (Interview.stream, stream)])
    cases = [(status, *way) for status, way in zip(STATUSES, ways, strict=False)]
    interview = Interview(play(in_order([good.replied(status) for status, _, good in cases])))

    for status, ask, good in cases:
        response = ask(interview, good.turn)
        assert response.is_error
        laws.has_fields(response, status=status, content="")


@pytest.mark.core
@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_successful_retry_is_an_answer(
    status: int, material: Material, play: Play, dialect: Dialect
) -> None:
    """A request that fails once and succeeds when it is sent again gives the answer, invoked and streamed."""
    answer, stream = material.answers[0], material.streams[0]
    failed = reply(dialect.error("server").body, status, NOW)
    cases = [failed, answer.replied(), failed, stream.streamed(stream.events)]
    interview = Interview(play(in_order(cases), max_retries=1))

    laws.is_an_answer(interview.invoke(answer.turn))
    laws.is_an_answer(interview.stream(stream.turn))


@pytest.mark.core
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_reported_in_seconds(
    status: int, material: Material, play: Play, dialect: Dialect
) -> None:
    """``Retry-After`` is reported in seconds, whether the server sends seconds or a date."""
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    cases = {None: None, "7": 7.0, "7.5": 7.5, LONG_AGO: 0.0, tomorrow: A_DAY}
    turn = material.answers[0].turn
    body = dialect.error("server").body  # some rate limits have a wait in their message
    replies = [reply(body, status, {"retry-after": header} if header else {}) for header in cases]
    interview = Interview(play(in_order([each for each in replies for _ in range(2)])))

    for header, seconds in cases.items():
        for response in (interview.invoke(turn), interview.stream(turn)):
            if header == tomorrow:
                assert response.retry_after is not None
                assert 0 < response.retry_after <= A_DAY
            else:
                laws.has_fields(response, retry_after=seconds)


@pytest.mark.core
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_200_without_an_answer_is_malformed(body: bytes, material: Material, play: Play) -> None:
    """A 200 whose body is not an answer is reported as ``malformed_response``, and no exception is raised.

    volcengine/OpenViking#3022 (empty), neavo/LinguaGacha#137 (HTML), pydantic/pydantic-ai#6885 (nulls),
    pydantic/pydantic-ai#3994 (nested), shanevcantwell/langgraph-agentic-scaffold#143 (no choice).
    """
    turn = material.answers[0].turn
    interview = Interview(play(reply(body)))

    for response in (interview.invoke(turn), interview.stream(turn)):
        laws.failed_as(response, "malformed_response")
        laws.has_fields(response, content="", finish_reason=None)


@pytest.mark.core
def test_a_truncated_answer_is_malformed(material: Material, play: Play) -> None:
    """A truncated answer of the right length is reported as ``malformed_response``, without text or calls."""
    cases = [
        (answer, beginning)
        for answer in derived.shortest(material.answers)
        for beginning in cuts.truncations(answer.body)
    ]
    scripts = [reply(beginning, 200, answer.headers) for answer, beginning in cases for _ in range(2)]
    interview = Interview(play(in_order(scripts)))

    for answer, _ in cases:
        for response in (interview.invoke(answer.turn), interview.stream(answer.turn)):
            laws.failed_as(response, "malformed_response")
            assert (response.content, response.tool_calls) == ("", [])


@pytest.mark.core
def test_an_answer_cut_by_its_connection_is_interrupted(material: Material, play: Play) -> None:
    """An answer that its connection cuts is reported as ``interrupted``, without text or calls."""
    cases = [
        (answer, answer.begun(beginning, ending))
        for answer in derived.shortest(material.answers)
        for beginning, ending in zip(cuts.truncations(answer.body), cycle(BREAKS), strict=False)
    ]
    interview = Interview(play(in_order([script for _, script in cases])))

    for answer, _ in cases:
        response = interview.invoke(answer.turn)
        laws.failed_as(response, "interrupted")
        assert response.retryable
        assert (response.content, response.tool_calls) == ("", [])


@pytest.mark.core
def test_a_stalled_answer_is_a_timeout(material: Material, play: Play) -> None:
    """An answer that stalls after its beginning is reported as ``timeout``."""
    answer = material.answers[0]
    stalled = answer.begun(answer.body[: len(answer.body) // 2], Stall())
    interview = Interview(play(stalled))

    response = interview.invoke(answer.turn, timeout=PATIENCE)

    laws.failed_as(response, "timeout")
    assert response.retryable


@pytest.mark.core
def test_a_closed_keep_alive_connection_costs_one_retry(
    material: Material, serve: Serve, build: Build
) -> None:
    """A kept connection that the server closes costs no answer, with one retry configured.

    One try more is configured, and it is enough.
    """
    answer, stream = material.answers[0], material.streams[0]
    cases = [[*answer.replied(), Close()], answer.replied(), [Cut()], stream.streamed(stream.events)]
    server = serve(in_order(cases))
    interview = Interview(build(server.url, max_retries=1))

    laws.is_an_answer(interview.invoke(answer.turn))
    assert server.wait_until_closed()
    laws.is_an_answer(interview.invoke(answer.turn))
    laws.is_an_answer(interview.stream(stream.turn))
