"""Every way from Python to the network, and how the guard names it."""

from __future__ import annotations

import _socket
import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

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
