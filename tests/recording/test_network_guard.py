"""Nothing reaches the network unless a rule allows it, by whichever function."""

from __future__ import annotations

import _socket
import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.recording.network_guard import NetworkRefused, Rule, guarded, loopback, nothing, only

FAR = ("192.0.2.1", 80)
"""An address reserved for documentation: nothing answers there, should the guard fail."""

FAR_6 = ("2001:db8::1", 80)


def tcp(family: int = socket.AF_INET, address: tuple[str, int] = FAR, method: str = "connect") -> None:
    with socket.socket(family) as sock:
        sock.settimeout(0.01)
        getattr(sock, method)(address)


def tcp_below_the_socket_module() -> None:
    sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        sock.settimeout(0.01)
        sock.connect(FAR)
    finally:
        sock.close()


def udp(method: str, *arguments: Any) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        getattr(sock, method)(*arguments)


def asynchronous(host: str) -> None:
    async def connect() -> None:
        await asyncio.open_connection(host, 80)

    asyncio.run(connect())


def in_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(tcp).result()


WAYS: dict[str, tuple[Callable[[], object], str]] = {
    "tcp": (tcp, "socket.connect to 192.0.2.1:80"),
    "tcp without an exception": (lambda: tcp(method="connect_ex"), "socket.connect to 192.0.2.1:80"),
    "tcp below the socket module": (tcp_below_the_socket_module, "socket.connect to 192.0.2.1:80"),
    "tcp over IPv6": (lambda: tcp(socket.AF_INET6, FAR_6), "socket.connect to 2001:db8::1:80"),
    "create_connection": (lambda: socket.create_connection(FAR, 0.01), "socket.getaddrinfo to 192.0.2.1:80"),
    "udp, connected": (lambda: udp("connect", FAR), "socket.connect to 192.0.2.1:80"),
    "udp, sendto": (lambda: udp("sendto", b"x", FAR), "socket.sendto to 192.0.2.1:80"),
    "udp, sendmsg": (lambda: udp("sendmsg", [b"x"], [], 0, FAR), "socket.sendmsg to 192.0.2.1:80"),
    "lookup": (lambda: socket.getaddrinfo("host.invalid", 443), "socket.getaddrinfo to host.invalid:443"),
    "lookup of bytes": (
        lambda: socket.getaddrinfo(b"host.invalid", "https"),
        "socket.getaddrinfo to host.invalid",
    ),
    "gethostbyname": (lambda: socket.gethostbyname("host.invalid"), "socket.gethostbyname to host.invalid"),
    "gethostbyname_ex": (
        lambda: socket.gethostbyname_ex("host.invalid"),
        "socket.gethostbyname to host.invalid",
    ),
    "gethostbyaddr": (lambda: socket.gethostbyaddr("192.0.2.1"), "socket.gethostbyaddr to 192.0.2.1"),
    "getnameinfo": (lambda: socket.getnameinfo(FAR, 0), "socket.getnameinfo to 192.0.2.1:80"),
    "httpx": (
        lambda: httpx.get("http://host.invalid", trust_env=False),
        "socket.getaddrinfo to host.invalid:80",
    ),
    "asyncio": (lambda: asynchronous(FAR[0]), "socket.connect to 192.0.2.1:80"),
    "asyncio with a lookup": (lambda: asynchronous("host.invalid"), "socket.getaddrinfo to host.invalid:80"),
    "in a thread": (in_a_thread, "socket.connect to 192.0.2.1:80"),
}


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


@pytest.mark.parametrize("rule", [nothing, loopback, only(("127.0.0.1", 80))])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_the_network_is_refused_and_reported(way: str, rule: Rule) -> None:
    connect, name = WAYS[way]
    with guarded(rule) as refusals, pytest.raises(NetworkRefused) as caught:
        connect()
    assert refusals == [str(caught.value)]
    assert refusals[0].startswith(f"{name} was refused")


def test_a_swallowed_refusal_is_still_reported() -> None:
    with guarded() as refusals, contextlib.suppress(Exception):
        tcp()
    assert len(refusals) == 1


def test_the_default_rule_refuses_the_loopback_too(server: tuple[str, int]) -> None:
    with guarded(), pytest.raises(NetworkRefused):
        socket.create_connection(server)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_loopback_is_reached_where_it_is_allowed(server: tuple[str, int], host: str) -> None:
    with guarded(loopback) as refusals:
        socket.create_connection((host, server[1])).close()
    assert refusals == []


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("::ffff:192.0.2.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("192.168.0.1", False),
        ("", False),
    ],
)
def test_which_hosts_are_loopback(host: str, allowed: bool) -> None:
    assert loopback(host, 80) is allowed


def test_exactly_the_allowed_address_is_reached(server: tuple[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, guarded(only(server)) as refusals:
        socket.create_connection(server).close()
        with pytest.raises(NetworkRefused):
            socket.create_connection(other.getsockname())
    assert len(refusals) == 1


def test_the_innermost_context_decides(server: tuple[str, int]) -> None:
    with guarded() as outer:
        with guarded(loopback) as inner:
            socket.create_connection(server).close()
            with guarded() as innermost, pytest.raises(NetworkRefused):
                socket.create_connection(server)
            socket.create_connection(server).close()
        with pytest.raises(NetworkRefused):
            socket.create_connection(server)
    socket.create_connection(server).close()
    assert [len(outer), len(inner), len(innermost)] == [1, 0, 1]


def test_a_context_that_ends_out_of_order_ends_only_itself(server: tuple[str, int]) -> None:
    first, second = guarded(), guarded(loopback)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    socket.create_connection(server).close()
    with pytest.raises(NetworkRefused):
        tcp()
    second.__exit__(None, None, None)


def test_the_guard_ends_with_an_exception(server: tuple[str, int]) -> None:
    with pytest.raises(ZeroDivisionError), guarded():
        raise ZeroDivisionError
    socket.create_connection(server).close()


def test_a_server_accepts_and_answers_under_the_guard(server: tuple[str, int]) -> None:
    """Only outgoing connections are refused: the loopback server listens in the same process."""
    with guarded(only(server)) as refusals, socket.create_server(("127.0.0.1", 0)):
        socket.getaddrinfo(None, 0, flags=socket.AI_PASSIVE)
    assert refusals == []


def test_a_datagram_to_a_connected_peer_is_not_checked_again() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as peer, socket.socket(type=socket.SOCK_DGRAM) as sock:
        peer.bind(("127.0.0.1", 0))
        sock.connect(peer.getsockname())
        with guarded() as refusals:
            sock.sendmsg([b"x"])
            sock.send(b"y")
        assert [peer.recv(1), peer.recv(1)] == [b"x", b"y"]
    assert refusals == []


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_unix_sockets_are_allowed_outside_of_a_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        socket.socket(socket.AF_UNIX) as listener,
        socket.socket(socket.AF_UNIX) as sock,
        guarded() as refusals,
    ):
        listener.bind("s")
        listener.listen()
        sock.connect("s")
    assert refusals == []


def test_the_hook_is_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit hook cannot be removed, so further ones would stay and slow the process down."""
    with guarded():
        pass
    added: list[Any] = []
    monkeypatch.setattr(sys, "addaudithook", added.append)
    with guarded(), guarded():
        pass
    assert added == []


def test_a_process_under_guard_ends_without_output() -> None:
    script = (
        "import asyncio, socket; from conformance.recording import network_guard; "
        "context = network_guard.guarded(); context.__enter__(); kept = socket.socket()"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert (run.stdout, run.stderr) == (b"", b"")


def calling(method: str, address: Any, *family: int) -> None:
    with socket.socket(*family) as sock:
        getattr(sock, method)(address)


UNSEEN: dict[str, Callable[[], object]] = {
    "a program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "a shell": lambda: os.system("true"),
    "a spawned program": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ),
    "a program of multiprocessing": multiprocessing.get_context("spawn").Process(target=print).start,
    "a fork": os.fork,
    "a C function": lambda: ctypes.CDLL(None).connect,
    "a C function by its index": lambda: ctypes.CDLL(None)["getaddrinfo"],
    "a Unix socket": lambda: calling("connect", "service", socket.AF_UNIX),
    "a port that is open to others": lambda: calling("bind", ("", 0)),
    "a socket of another family": lambda: calling("connect", (0, 0), socket.AF_NETLINK, socket.SOCK_RAW),
}


@pytest.mark.skipif(sys.platform != "linux", reason="some of these are Linux' own")
@pytest.mark.parametrize("way", UNSEEN)
def test_a_replay_refuses_what_the_guard_cannot_look_into(way: str) -> None:
    """`make torture` tries many more, each in a process of its own."""
    with guarded(sealed=True) as refusals, pytest.raises(NetworkRefused):
        UNSEEN[way]()
    assert len(refusals) == 1


def test_a_replay_may_ask_which_machine_it_runs_on_and_listen_on_it() -> None:
    """SDKs tell servers the platform, and libraries try whether there is IPv6."""
    with guarded(sealed=True) as refusals:
        subprocess.run(["uname", "-p"], check=True, capture_output=True)
        ctypes.CDLL(None).getpid()
        socket.create_server(("127.0.0.1", 0)).close()
    assert refusals == []


def test_outside_of_a_replay_programs_are_allowed() -> None:
    """A backend may be the client of a program, and the engine is one."""
    with guarded(loopback) as refusals:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert refusals == []


class Disguised(socket.socket):
    family = socket.AF_UNIX


class DisguisedHost(str):
    def __str__(self) -> str:
        return "localhost"


@pytest.mark.parametrize("address", [FAR, (DisguisedHost(FAR[0]), 80)])
def test_a_class_that_says_it_is_something_else_is_not_believed(address: tuple[str, int]) -> None:
    with guarded(loopback), Disguised(socket.AF_INET) as sock, pytest.raises(NetworkRefused):
        sock.connect(address)


def test_a_connection_from_before_a_replay_is_reported() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        try:
            with guarded(lambda *_: True):
                sock.connect(FAR)  # a datagram's connection sends nothing
        except OSError as error:
            pytest.skip(f"this machine has no route to another: {error}")
        with guarded(sealed=True) as refusals:
            pass
    assert refusals == ["a connection to 192.0.2.1:80 was open before the replay, which may use it"]


def test_what_runs_at_the_exit_is_guarded_too() -> None:
    script = (
        "import atexit, socket; from conformance.recording.network_guard import guard_for_good, nothing; "
        "guard_for_good(nothing); atexit.register(socket.create_connection, ('192.0.2.1', 80), 0.01)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env=environment)
    assert b"to 192.0.2.1:80 was refused" in run.stderr
