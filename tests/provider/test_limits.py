"""No server holds a call for ever, or fills the memory.

The scenarios of waits ask every backend; here is what only ours promise.
"""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from itertools import islice

import pytest

from conformance.servers.scripted import Chunk, Head, LastChunk, Repeat, Script, always, reply, stream
from provider.http.encodings import decoded
from provider.response import LLMResponse
from tests.provider.routes import ANSWER, LITELLM, LMSTUDIO, OPENAI, Route, ask, invoked_and_streamed, routes

MiB = 1 << 20
MOST = 3 * MiB
"""The ``max_bytes`` of these tests."""

HELLO = OPENAI.dialect.events(ANSWER)[0]

each_backend = routes(OPENAI, LMSTUDIO, LITELLM)


def answered(route: Route, how: str, script: Script, **limits: float) -> LLMResponse:
    """What a backend with these limits makes of a script."""
    with route.speaking(always(script)) as (llm, _):
        llm.unload()
        for name, limit in limits.items():
            setattr(llm, name, limit)
        llm.load()
        return ask(llm, how)


JSON = {"content-type": "application/json", "transfer-encoding": "chunked"}
GZIP = {"content-encoding": "gzip"}
BLANK = b"\n" * 60_000
BOMB = gzip.compress(b" " * 50 * MiB, 1)
"""Compressed as fast as can be: every worker that collects this file waits for it."""

LARGE = {
    "a whole answer": [Head(200, JSON), *[Chunk(BLANK)] * 80, Chunk(b"{}"), LastChunk()],
    "blank lines before a stream": stream([*[BLANK] * 80, HELLO]),
    "one event": stream([b"data: ", *[b"x" * 60_000] * 80]),
    "comments": stream([HELLO, *[b":" + b"x" * 60_000 + b"\n\n"] * 80]),
    "an error": [Head(500, JSON), *[Chunk(BLANK)] * 80, LastChunk()],
    "a bomb": reply(BOMB, headers=GZIP),
    "a bomb in a bomb": reply(gzip.compress(BOMB), headers={"content-encoding": "gzip, gzip"}),
    "a bomb of an event": stream([gzip.compress(b"data:" + b" " * 50 * MiB, 1)], headers=GZIP),
    "a bomb of an error": reply(BOMB, 429, GZIP),
}


@each_backend
@pytest.mark.parametrize("script", LARGE.values(), ids=LARGE)
@invoked_and_streamed
def test_more_than_max_bytes_is_malformed(route: Route, how: str, script: Script) -> None:
    """The failure names the option."""
    response = answered(route, how, script, max_bytes=MOST)

    assert (response.error_kind, response.retryable) == ("malformed_response", False), response.error
    assert "max_bytes" in str(response.error)


@pytest.mark.parametrize("codings", [1, 2, 3])
def test_a_bomb_is_decompressed_step_by_step(codings: int) -> None:
    bomb = b" " * 100 * MiB
    for _ in range(codings):
        bomb = gzip.compress(bomb, 1)
    pieces = decoded(iter([bomb]), ", ".join(["gzip"] * codings))
    tracemalloc.start()

    received = sum(map(len, islice(pieces, 1000)))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert received > 50 * MiB
    assert peak < 2 * MiB


@each_backend
def test_a_long_stream_of_small_events_is_within_max_bytes(route: Route) -> None:
    events = OPENAI.dialect.events(ANSWER)
    long = [*events[:-2], *[b": " + b"x" * 1000 + b"\n\n" + events[1]] * 200, *events[-2:]]
    response = answered(route, "stream", stream(long), max_bytes=100_000)

    assert response.error is None
    assert len(b"".join(long)) > 100_000


@each_backend
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip, gzip, gzip"])
@invoked_and_streamed
def test_a_coding_that_was_not_asked_for_is_malformed(route: Route, how: str, coding: str) -> None:
    response = answered(route, how, reply(b"abc", headers={"content-encoding": coding}))

    assert response.error_kind == "malformed_response"


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_deflate_is_read_with_and_without_its_header(wbits: int, size: int) -> None:
    compressor = zlib.compressobj(wbits=wbits)
    data = bytes(range(256)) * 1000
    body = compressor.compress(data) + compressor.flush()

    pieces = [body[start : start + size] for start in range(0, len(body), size)]

    assert b"".join(decoded(iter(pieces), "deflate")) == data


@each_backend
@invoked_and_streamed
def test_a_call_ends_after_its_total_timeout(route: Route, how: str) -> None:
    """Each event comes within the timeout; retries are a part of the call."""
    events = OPENAI.dialect.events(ANSWER)
    slow = stream([*events[:1], *[Repeat(events[1], 1, 0.05)] * 200, *events[1:]])
    script = slow if how == "stream" else [Repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 200, 0.05, chunked=False)]

    with route.speaking(always(script), timeout=5, max_retries=9) as (llm, _):
        llm.total_timeout = 0.5
        began = time.monotonic()
        response = ask(llm, how)

    assert response.error_kind == "timeout", response.error
    assert "total_timeout" in str(response.error)
    assert time.monotonic() - began < 8, "the script alone takes 10 s"
