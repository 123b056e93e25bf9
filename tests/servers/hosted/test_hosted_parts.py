"""The parts of hosted targets: rate limiter, cost limits, prices, declarations.

Unit tests: they would have to wait for minutes, or to pay.
"""

from __future__ import annotations

import json
import socket
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.servers.hosted import (
    Cost,
    HostedServer,
    HostedServers,
    RateLimiter,
    host_and_port,
    maximum_cost,
    price_of,
)
from conformance.servers.hosted.rate_limiter import FIRST_PAUSE, LONGEST_PAUSE
from conformance.servers.scripted.dialects import dialect


class Time:
    """A clock that only ``sleep`` moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limited(requests_per_minute: float) -> tuple[RateLimiter, Time]:
    time = Time()
    return RateLimiter(requests_per_minute, clock=time.clock, sleep=time.sleep), time


@given(st.floats(1, 1000), st.lists(st.sampled_from([200, 400, 429, 529]), max_size=20))
def test_a_server_is_never_asked_faster_than_declared(
    requests_per_minute: float, statuses: list[int]
) -> None:
    limiter, time = limited(requests_per_minute)
    asked: list[float] = []
    for status in statuses:
        limiter.wait()
        asked.append(time.now)
        limiter.answered(status, {})
    for before, after in pairwise(asked):
        assert after - before >= 60 / requests_per_minute * 0.999


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, FIRST_PAUSE),
        ({"retry-after": "86400"}, LONGEST_PAUSE),
        ({}, FIRST_PAUSE),
    ],
)
def test_a_pause_is_as_long_as_the_server_says(headers: dict[str, str], seconds: float) -> None:
    limiter, time = limited(6000)
    limiter.wait()
    began = time.now

    assert limiter.answered(429, headers) == seconds
    limiter.wait()

    assert time.now - began == pytest.approx(seconds)


def test_a_pause_of_unknown_length_doubles_each_time() -> None:
    limiter, _ = limited(6000)
    assert [limiter.answered(503, {}) for _ in range(3)] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert limiter.answered(200, {}) == 0
    assert limiter.answered(503, {}) == FIRST_PAUSE


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("anthropic", {"max_tokens": 7}),
        ("openai", {"max_completion_tokens": 7}),
        ("gemini", {"generationConfig": {"max_output_tokens": 7}}),
        ("vertex", {"generationConfig": {"maxOutputTokens": 7}}),
        ("bedrock", {"inferenceConfig": {"maxTokens": 7}}),
    ],
)
def test_the_limit_of_an_answer_is_found_in_the_request_of_every_provider(
    name: str, body: dict[str, Any]
) -> None:
    sent = json.dumps(body).encode()
    assert maximum_cost(sent, 4096, dialect(name).limit_fields) == Cost(1, len(sent), 7)


def test_without_a_limit_the_longest_answer_is_assumed() -> None:
    for sent in (b'{"messages": []}', b"no JSON"):
        assert maximum_cost(sent, 4096, ["max_tokens"]).completion_tokens == 4096


def test_a_price_is_read_from_litellms_table() -> None:
    price = price_of("anthropic/claude-haiku-4-5")
    assert price is not None
    assert price.of(Cost(1, 1_000_000, 1_000_000)) == pytest.approx(1.0 + 5.0)
    assert price_of("anthropic/claude-0") is None


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"key": "sk-live-0123456789"}, "is not the name of a variable; a key itself is never declared"),
        ({"requests_per_minute": 0}, "must be more than 0"),
        ({"max_tokens": 0}, "must be more than 0"),
    ],
)
def test_a_wrong_declaration_is_refused(declared: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HostedServer("https://the.server", **declared)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://the.server/v1", ("the.server", 443)),
        ("http://the.server/v1", ("the.server", 80)),
        ("https://the.server:8443", ("the.server", 8443)),
        ("http://[::1]:1234", ("::1", 1234)),
    ],
)
def test_a_url_without_a_port_leads_to_the_port_of_its_scheme(url: str, place: tuple[str, int]) -> None:
    assert host_and_port(url) == place


def test_a_server_without_a_key_is_missing_where_none_answers() -> None:
    """As of LM Studio, which wants no key."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # nobody listens, and no one else can
        hosted = HostedServer(f"http://127.0.0.1:{bound.getsockname()[1]}")
        assert HostedServers({}).missing(hosted) == f"no server answers at {hosted.url}"
        bound.listen()
        assert HostedServers({}).missing(hosted) == ""
    assert hosted.is_free
