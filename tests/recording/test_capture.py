"""Exchanges with a live server are captured, for every HTTP library, and their answers still stream.

A loopback server takes the place of the live one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.recording import CapturedExchange
from conformance.recording.playback.capture import captured
from conformance.servers.scripted import ScriptedServer, Wait, always, stream

REST = threading.Event()


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param, reason="it is not installed")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Sends the first half of its answer, and the other half when ``REST`` is set."""
    REST.clear()
    with ScriptedServer(always(stream([b"data: one\n\n", Wait(REST), b"data: two\n\n"]))) as server:
        yield server


def read(pieces: Iterator[bytes]) -> list[bytes]:
    """The pieces of an answer, which continues when the first one has arrived."""
    first = next(pieces)
    REST.set()
    return [first, *pieces]


def assert_captured(exchanges: list[CapturedExchange], server: ScriptedServer) -> None:
    """Only the one request that reached the server was captured."""
    [exchange], [request] = exchanges, server.requests
    sent = exchange.request
    assert (sent.method, sent.uri, sent.body) == ("POST", f"{server.url}/v1/x", b'{"a":1}')
    assert request.body == sent.body
    assert sent.headers["authorization"] == "Bearer k"
    assert exchange.response is not None
    assert exchange.response.status == 200


def test_a_request_is_captured_and_its_answer_still_streams(library: Any, server: ScriptedServer) -> None:
    with (
        captured() as exchanges,
        library.Client(headers={"authorization": "Bearer k"}) as client,
        client.stream("POST", f"{server.url}/v1/x", content=b'{"a":1}') as answer,
    ):
        assert read(answer.iter_raw()) == [b"data: one\n\n", b"data: two\n\n"]
    assert_captured(exchanges, server)


def test_an_asynchronous_request_is_captured_and_its_answer_still_streams(
    library: Any, server: ScriptedServer
) -> None:
    async def ask() -> list[bytes]:
        pieces = []
        async with (
            library.AsyncClient(headers={"authorization": "Bearer k"}) as client,
            client.stream("POST", f"{server.url}/v1/x", content=b'{"a":1}') as answer,
        ):
            async for piece in answer.aiter_raw():
                pieces.append(piece)
                REST.set()
        return pieces

    with captured() as exchanges:
        assert asyncio.run(ask()) == [b"data: one\n\n", b"data: two\n\n"]
    assert_captured(exchanges, server)


def test_a_request_without_an_answer_is_captured_without_a_response(library: Any) -> None:
    with captured() as exchanges, library.Client() as client, pytest.raises(library.ConnectError):
        client.get("http://127.0.0.1:9")
    assert [each.response for each in exchanges] == [None]


def test_nothing_is_captured_after_the_block(library: Any, server: ScriptedServer) -> None:
    REST.set()
    with captured() as exchanges:
        pass
    library.get(server.url)
    assert exchanges == []
