"""Exchanges with a live server are captured, for every HTTP library, and their answers still stream.

A loopback server takes the place of the live one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from conformance.recording.playback.capture import captured
from conformance.servers.scripted import ScriptedServer, Wait, always, stream

REST = threading.Event()
"""Set when the first piece of an answer has arrived."""

SENT: dict[str, Any] = {"headers": {"authorization": "Bearer k"}, "content": b'{"a":1}'}


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param, reason="it is not installed")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Sends the first half of its answer, and the other half when ``REST`` is set."""
    REST.clear()
    with ScriptedServer(always(stream([b"data: one\n\n", Wait(REST), b"data: two\n\n"]))) as server:
        yield server


def asked(library: Any, url: str) -> Iterator[bytes]:
    with library.Client() as client, client.stream("POST", url, **SENT) as answer:
        for piece in answer.iter_raw():
            REST.set()
            yield piece


def asked_in_a_loop(library: Any, url: str) -> list[bytes]:
    async def ask() -> list[bytes]:
        async with library.AsyncClient() as client, client.stream("POST", url, **SENT) as answer:
            pieces = answer.aiter_raw()
            first = await anext(pieces)
            REST.set()
            return [first, *[piece async for piece in pieces]]

    return asyncio.run(ask())


@pytest.mark.parametrize("ask", [asked, asked_in_a_loop])
def test_a_request_is_captured_and_its_answer_still_streams(
    library: Any, server: ScriptedServer, ask: Callable[[Any, str], Iterable[bytes]]
) -> None:
    with captured() as exchanges:
        assert list(ask(library, f"{server.url}/v1/x")) == [b"data: one\n\n", b"data: two\n\n"]
    [exchange], [request] = exchanges, server.requests
    sent = exchange.request
    assert (sent.method, sent.uri, sent.body) == ("POST", f"{server.url}/v1/x", b'{"a":1}')
    assert request.body == sent.body
    assert sent.headers["authorization"] == "Bearer k"
    assert exchange.response is not None
    assert exchange.response.status == 200


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
