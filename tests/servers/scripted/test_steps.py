"""Every step of a script, as a client of the loopback server sees it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from conformance.servers.scripted import (
    Chunk,
    Close,
    Cut,
    Head,
    Repeat,
    Reset,
    Script,
    ScriptedServer,
    ScriptError,
    Send,
    Stall,
    Wait,
    WaitForClose,
    always,
    reply,
    stream,
)

HELLO = reply({"hello": "wörld"})


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def test_reply_is_a_whole_json_response(client: httpx.Client) -> None:
    with ScriptedServer(always(reply({"hello": "wörld"}, 418, {"Retry-After": "7"}))) as server:
        response = client.get(server.url)
    assert response.status_code == 418
    assert response.json() == {"hello": "wörld"}
    assert response.headers["retry-after"] == "7"
    assert response.headers["content-type"] == "application/json"


def test_reply_sends_bytes_as_they_are(client: httpx.Client) -> None:
    with ScriptedServer(always(reply(b"<html>", 502, {"Content-Type": "text/html"}))) as server:
        response = client.get(server.url)
    assert (response.content, response.headers["content-type"]) == (b"<html>", "text/html")


def test_a_status_without_a_name_is_sent(client: httpx.Client) -> None:
    with ScriptedServer(always(reply({}, 529))) as server:
        assert client.get(server.url).status_code == 529


def test_stream_is_chunked_and_ends(client: httpx.Client) -> None:
    with ScriptedServer(always(stream([b"data: a\n\n", b"data: b\n\n"]))) as server:
        response = client.get(server.url)
    assert response.content == b"data: a\n\ndata: b\n\n"
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["transfer-encoding"] == "chunked"


def test_send_sends_exactly_its_bytes(client: httpx.Client) -> None:
    script = [Send(b"HTTP/1.1 299 Odd\r\ncontent-"), Send(b"length: 2\r\n\r\n\xff\x00")]
    with ScriptedServer(always(script)) as server:
        response = client.get(server.url)
    assert (response.status_code, response.reason_phrase) == (299, "Odd")
    assert response.content == b"\xff\x00"


def test_wait_holds_the_rest_while_the_client_reads_the_first_event(client: httpx.Client) -> None:
    release = threading.Event()
    script = stream([b"data: a\n\n", Wait(release), b"data: b\n\n"])
    with ScriptedServer(always(script)) as server, client.stream("GET", server.url) as response:
        events = response.iter_raw()
        assert next(events) == b"data: a\n\n"
        release.set()
        assert list(events) == [b"data: b\n\n"]


def test_a_rest_that_is_never_released_is_an_error(client: httpx.Client) -> None:
    script = stream([Wait(threading.Event(), timeout=0.01)])
    server = ScriptedServer(always(script))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(server.url)
    with pytest.raises(ScriptError, match=r"not released in 0\.01 s"):
        server.stop()


def test_wait_for_close_records_that_the_client_left(client: httpx.Client) -> None:
    with ScriptedServer(always(stream([b"data: a\n\n", WaitForClose()]))) as server:
        with client.stream("GET", server.url) as response:
            events = response.iter_raw()
            assert next(events) == b"data: a\n\n"
            assert not server.wait_for_client_to_leave(0)
        assert server.wait_for_client_to_leave()
    assert [connection.left for connection in server.connections] == [True]


@pytest.mark.parametrize("timeout", [0.01, 20])
def test_a_client_that_does_not_leave_is_an_error(client: httpx.Client, timeout: float) -> None:
    server = ScriptedServer(always(stream([b"data: a\n\n", WaitForClose(timeout)])))
    with client.stream("GET", server.url) as response:
        events = response.iter_raw()
        assert next(events) == b"data: a\n\n"
        with pytest.raises(ScriptError, match="did not leave"):
            # The longer one is still waiting: stopping ends it.
            server.stop()


@pytest.mark.parametrize("script", [[Stall()], stream([b"data: a\n\n", Stall()])])
def test_stall_is_a_read_timeout(client: httpx.Client, script: Script) -> None:
    with ScriptedServer(always(script)) as server, pytest.raises(httpx.ReadTimeout):
        client.get(server.url, timeout=0.05)


def test_bytes_are_repeated_until_the_client_leaves(client: httpx.Client) -> None:
    with ScriptedServer(always(stream([Repeat(b"a", 3, 0.001), b"b"]))) as server:
        assert client.get(server.url).text == "aaab"
    with (
        ScriptedServer(always(stream([Repeat(b"a", 10**6, 0.001)]))) as server,
        client.stream("GET", server.url) as response,
    ):
        assert next(response.iter_bytes()) == b"a"
        response.close()
        assert server.wait_until_closed()


def test_close_ends_a_body_without_a_length(client: httpx.Client) -> None:
    with ScriptedServer(always([Head(200), Send(b"until the end"), Close()])) as server:
        assert client.get(server.url).text == "until the end"


def test_cut_is_a_body_without_its_terminator(client: httpx.Client) -> None:
    with (
        ScriptedServer(always(stream([b"data: a\n\n", Cut()]))) as server,
        client.stream("GET", server.url) as response,
    ):
        events = response.iter_raw()
        assert next(events) == b"data: a\n\n"
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            next(events)


@pytest.mark.parametrize("script", [[Reset()], stream([b"data: a\n\n", Reset()])])
def test_reset_is_a_read_error(client: httpx.Client, script: Script) -> None:
    with ScriptedServer(always(script)) as server, pytest.raises(httpx.ReadError, match="reset by peer"):
        client.get(server.url)


def test_an_empty_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match="LastChunk"):
        Chunk(b"")


@pytest.mark.parametrize(
    ("script", "writes"), [(HELLO, 1), (stream([b"data: a\n\n", b"data: b\n\n"]), 3), ([Head(204)], 1)]
)
def test_a_head_goes_in_one_write_with_what_follows(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, script: Script, writes: int
) -> None:
    # Calls are counted, not packets: loopback may join two writes, and then hide that there were two.
    sent: list[int | None] = []
    real = socket.socket.sendall

    def counted(sock: socket.socket, data: bytes) -> None:
        sent.append(sock.getsockname()[1])
        real(sock, data)

    monkeypatch.setattr(socket.socket, "sendall", counted)
    with ScriptedServer(always(script)) as server:
        client.get(server.url)
    assert sent.count(httpx.URL(server.url).port) == writes
