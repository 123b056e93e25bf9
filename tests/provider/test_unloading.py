"""Unloading while other threads use the backend.

No recording tests: a replay has no connections.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

import httpx
import pytest

from conformance.servers.scripted import Head, Script, ScriptedServer, Stall, always
from provider.failures.classify import classify
from provider.http.sockets import Sockets, sockets_of
from tests.provider.routes import ANSWER, Route, ask, every_route, invoked_and_streamed

DEADLINE = 30.0
"""Seconds after which a thread is taken to hang."""


@every_route
@invoked_and_streamed
def test_unloading_ends_a_call_that_waits_for_its_answer(route: Route, how: str) -> None:
    """Its socket is closed at once, not after ``timeout``."""
    asked = threading.Event()
    ended: list[Any] = []

    def silent(_: Any) -> Script:
        asked.set()
        return [Stall()]

    with route.speaking(silent, timeout=2 * DEADLINE) as (llm, server):
        waiting = threading.Thread(target=lambda: ended.append(ask(llm, how)), daemon=True)
        waiting.start()
        assert asked.wait(DEADLINE)

        llm.unload()

        waiting.join(DEADLINE)
        assert not waiting.is_alive()
        assert server.wait_until_closed(DEADLINE)
    assert [response.error_kind for response in ended] == ["interrupted"]


@every_route
@invoked_and_streamed
def test_a_call_that_begins_while_the_backend_is_unloaded_is_not_loaded(route: Route, how: str) -> None:
    """Given no client, litellm would make its own, which nobody could unload."""
    with route.speaking(route.dialect.answering(ANSWER)) as (llm, server):
        llm.unload()
        llm.loaded = True  # as another thread read it just before

        response = ask(llm, how)

        assert route.chat_requests(server) == []
        llm.loaded = False
    assert response.error_code == "not_loaded"


def test_a_client_of_an_sdk_is_closed_while_a_thread_waits_in_it() -> None:
    """For an SDK with a client of its own, whose ``close()`` leaves the thread waiting for its timeout."""
    ended: list[str] = []
    begun = threading.Event()
    client = httpx.Client(timeout=2 * DEADLINE, trust_env=False)
    sockets = sockets_of(client)

    def read(url: str) -> None:
        try:
            with client.stream("GET", url) as answer:
                begun.set()
                answer.read()
        except httpx.HTTPError as error:
            ended.append(str(classify(None, None, error).kind))

    with ScriptedServer(always([Head(200, {"content-length": "9"}), Stall()])) as server:
        waiting = threading.Thread(target=read, args=[server.url], daemon=True)
        waiting.start()
        assert begun.wait(DEADLINE)

        sockets.cut()

        waiting.join(DEADLINE)
        assert server.wait_until_closed(DEADLINE)
    assert ended == ["interrupted"]
    assert client.is_closed


def test_no_socket_is_closed_while_a_thread_is_in_one() -> None:
    """A unit test: the moment between the check and the wait cannot be hit on purpose."""
    closed: list[str] = []
    sockets = Sockets(lambda: closed.append("closed"))

    with sockets.in_use():
        with sockets.in_use():
            sockets.cut()
            sockets.cut()
        assert closed == []

    assert closed == ["closed"]
    with pytest.raises(httpx.ReadError), sockets.in_use():
        pass
    assert closed == ["closed"]


def test_a_connection_made_while_the_client_is_closed_is_cut_too() -> None:
    """A unit test, for the same reason."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sockets = Sockets(lambda: None)
        sockets.cut()

        sockets.remember("connection.connect_tcp.complete", {"return_value": Connected(ours)})

        theirs.settimeout(DEADLINE)
        assert theirs.recv(1) == b""


class Connected:
    """Stands in for a network stream of httpcore."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._inner.settimeout(timeout)
        return self._inner.recv(max_bytes)

    def get_extra_info(self, name: str) -> Any:
        return {"socket": self._inner}[name]
