"""The loopback server: its connections, its request log, and its stop."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conformance.servers.scripted import (
    Close,
    Request,
    Script,
    ScriptedServer,
    ScriptError,
    Send,
    Stall,
    Step,
    Wait,
    WaitForClose,
    always,
    in_order,
    reply,
    stream,
)

HELLO = reply({"hello": "wörld"})

LARGER_THAN_ANY_BUFFER = 64 * 1024 * 1024
PATIENCE = 10.0


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def server_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("scripted-")]


class TestConnections:
    def test_a_connection_is_kept_alive(self, client: httpx.Client) -> None:
        with ScriptedServer(in_order([HELLO, stream([b"data: a\n\n"]), HELLO])) as server:
            for _ in range(3):
                client.get(server.url)
            assert [request.connection for request in server.requests] == [1, 1, 1]
            assert server.open_connections() == 1

    def test_close_after_a_reply_ends_the_connection(self, client: httpx.Client) -> None:
        with ScriptedServer(always([*HELLO, Close()])) as server:
            for _ in range(2):
                assert client.get(server.url).json() == {"hello": "wörld"}
                assert server.wait_until_closed()
            assert [request.connection for request in server.requests] == [1, 2]
            assert [connection.left for connection in server.connections] == [False, False]
            assert not server.wait_for_client_to_leave(0)

    def test_a_client_that_asks_for_the_end_gets_it(self) -> None:
        with ScriptedServer(always([Send(b"answer")])) as server:
            assert raw_answer(server, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == b"answer"
            assert [connection.left for connection in server.connections] == [False]

    def test_a_client_that_left_just_before_the_stop_has_left(self, client: httpx.Client) -> None:
        for _ in range(50):
            script = stream([b"data: a\n\n", WaitForClose()])
            with ScriptedServer(always(script)) as server, client.stream("GET", server.url) as response:
                events = response.iter_raw()
                assert next(events) == b"data: a\n\n"
            assert server.connections[0].left

    def test_a_client_that_leaves_ends_the_write_to_it(self) -> None:
        """No thread may wait in a descriptor that is closed: its number goes to the next connection."""
        with (
            ScriptedServer(always([Send(b"x" * LARGER_THAN_ANY_BUFFER)])) as server,
            socket.create_connection(("127.0.0.1", port_of(server)), timeout=20) as sock,
        ):
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.recv(1)
            sock.shutdown(socket.SHUT_WR)
            assert server.wait_until_closed()
            for player in [each for each in threading.enumerate() if each.name == "scripted-player-1"]:
                player.join(PATIENCE)
                assert not player.is_alive(), "it still waits for room"

    def test_without_a_connection_no_client_has_left(self) -> None:
        with ScriptedServer(always(HELLO)) as server:
            assert not server.wait_for_client_to_leave(0)

    def test_a_client_that_leaves_is_seen_while_the_rest_is_held(self, client: httpx.Client) -> None:
        with ScriptedServer(always(stream([b"data: a\n\n", Wait(threading.Event())]))) as server:
            with client.stream("GET", server.url) as response:
                events = response.iter_raw()
                assert next(events) == b"data: a\n\n"
                assert server.open_connections() == 1
            assert server.wait_for_client_to_leave()
            assert server.open_connections() == 0

    def test_writes_are_not_held_back(self, client: httpx.Client) -> None:
        with ScriptedServer(always(HELLO)) as server:
            client.get(server.url)
            accepted = server.connections[0].socket
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


class TestRequests:
    def test_the_log_has_everything(self, client: httpx.Client) -> None:
        with ScriptedServer(always(HELLO)) as server:
            client.post(server.url + "/v1/chat?alt=sse&q=%C3%A9", json={"a": "ü"}, headers={"X-Key": "k"})
            client.get(server.url + "/v1/models")
        post, get = server.requests
        assert (post.method, post.path, dict(post.query)) == ("POST", "/v1/chat", {"alt": "sse", "q": "é"})
        assert post.headers["x-key"] == post.headers["X-KEY"] == "k"
        assert post.json() == {"a": "ü"}
        assert (get.method, get.path, get.body) == ("GET", "/v1/models", b"")
        assert post.time < get.time

    def test_a_chunked_body_is_read(self, client: httpx.Client) -> None:
        with ScriptedServer(always(HELLO)) as server:
            client.post(server.url, content=iter([b"one ", b"two"]))
        assert server.requests[0].headers["transfer-encoding"] == "chunked"
        assert server.requests[0].body == b"one two"

    def test_a_large_body_is_read_whole(self, client: httpx.Client) -> None:
        body = bytes(range(256)) * 8192
        with ScriptedServer(always(reply(body))) as server:
            assert client.post(server.url, content=body).content == body
        assert server.requests[0].body == body

    def test_requests_sent_at_once_are_answered_in_order(self) -> None:
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        with ScriptedServer(in_order([[Send(b"one ")], [Send(b"two"), Close()]])) as server:
            assert raw_answer(server, request * 2) == b"one two"

    def test_bytes_that_are_not_http_are_an_error(self) -> None:
        server = ScriptedServer(always(HELLO))
        assert raw_answer(server, b"\x16\x03\x01 TLS?\r\n\r\n") == b""
        with pytest.raises(ScriptError, match="RemoteProtocolError"):
            server.stop()

    def test_a_request_too_many_is_answered_logged_and_raised(self, client: httpx.Client) -> None:
        server = ScriptedServer(in_order([HELLO]))
        client.get(server.url + "/first")
        response = client.get(server.url + "/second")
        assert response.status_code == 500
        assert "the script is exhausted: GET /second" in response.json()["error"]["message"]
        assert [request.path for request in server.requests] == ["/first", "/second"]
        with pytest.raises(ScriptError, match="GET /second came after 1 requests"):
            server.stop()

    def test_sixteen_threads_get_their_own_answers(self, client: httpx.Client) -> None:
        # The barrier has all sixteen requests at the server before the first is answered.
        barrier = threading.Barrier(16)

        def echo(request: Request) -> Script:
            barrier.wait(20)
            return reply(request.body)

        texts = [f"text {number}" for number in range(16)]
        with ScriptedServer(echo) as server, ThreadPoolExecutor(16) as threads:
            answers = threads.map(lambda text: client.post(server.url, content=text).text, texts)
            assert list(answers) == texts
        assert len(server.requests) == len(server.connections) == 16


class TestStop:
    @pytest.mark.parametrize("step", [Stall(), Wait(threading.Event()), Send(b"x" * 50_000_000)])
    def test_it_ends_scripts_that_are_being_played(self, client: httpx.Client, step: Step) -> None:
        with contextlib.ExitStack() as opened, ScriptedServer(always(stream([b"begun", step]))) as server:
            responses = [opened.enter_context(client.stream("GET", server.url)) for _ in range(3)]
            bodies = [response.iter_raw() for response in responses]
            assert [next(body) for body in bodies] == [b"begun"] * 3
            assert server.open_connections() == 3
            server.stop()
            assert server.open_connections() == 0
            assert server_threads() == []

    def test_a_broken_handler_is_a_visible_500_and_is_raised(self, client: httpx.Client) -> None:
        def broken(_: Request) -> Script:
            raise ZeroDivisionError("my handler")

        server = ScriptedServer(broken)
        response = client.get(server.url)
        assert (response.status_code, "my handler" in response.text) == (500, True)
        with pytest.raises(ScriptError, match="ZeroDivisionError: my handler") as caught:
            server.stop()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        server.stop()

    def test_the_failure_of_the_scenario_comes_first(self, client: httpx.Client) -> None:
        def scenario() -> None:
            with ScriptedServer(in_order([])) as server:
                assert client.get(server.url).status_code == 200

        with pytest.raises(AssertionError) as caught:
            scenario()
        assert "the script is exhausted" in caught.value.__notes__[0]

    def test_stopping_twice_is_fine(self) -> None:
        server = ScriptedServer(always(HELLO))
        server.stop()
        server.stop()
        assert server_threads() == []


def port_of(server: ScriptedServer) -> int:
    return httpx.URL(server.url).port or 0


def raw_answer(server: ScriptedServer, request: bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") -> bytes:
    """Everything the server sends until it closes."""
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=20) as sock:
        sock.sendall(request)
        with sock.makefile("rb") as answer:
            return answer.read()
