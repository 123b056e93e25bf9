"""Every way out of Python into the network, and how the guard names it."""

from __future__ import annotations

import _socket
import asyncio
import socket
import threading

import httpx

FAR = ("192.0.2.1", 80)
"""An address reserved for documentation: nothing answers there, should the guard fail."""

FAR_6 = ("2001:db8::1", 80)


def tcp() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect(FAR)


def tcp_without_an_exception() -> None:
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(FAR)


def tcp_below_the_socket_module() -> None:
    sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        sock.settimeout(0.01)
        sock.connect(FAR)
    finally:
        sock.close()


def tcp_6() -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(0.01)
        sock.connect(FAR_6)


def create_connection() -> None:
    socket.create_connection(FAR, timeout=0.01).close()


def udp_connected() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect(FAR)


def udp_sendto() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", FAR)


def udp_sendmsg() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, FAR)


def lookup() -> None:
    socket.getaddrinfo("host.invalid", 443)


def lookup_of_bytes() -> None:
    socket.getaddrinfo(b"host.invalid", "https")


def lookup_by_name() -> None:
    socket.gethostbyname("host.invalid")


def lookup_by_name_in_full() -> None:
    socket.gethostbyname_ex("host.invalid")


def reverse_lookup() -> None:
    socket.gethostbyaddr("192.0.2.1")


def reverse_lookup_with_port() -> None:
    socket.getnameinfo(FAR, 0)


def http() -> None:
    httpx.get("http://host.invalid", trust_env=False)


def asynchronous() -> None:
    async def connect() -> None:
        await asyncio.open_connection(*FAR)

    asyncio.run(connect())


def asynchronous_lookup() -> None:
    async def connect() -> None:
        await asyncio.open_connection("host.invalid", 80)

    asyncio.run(connect())


def in_a_thread() -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            tcp()
        except BaseException as error:  # noqa: BLE001  (handed to the caller)
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise raised[0]


WAYS = {
    tcp: "socket.connect to 192.0.2.1:80",
    tcp_without_an_exception: "socket.connect to 192.0.2.1:80",
    tcp_below_the_socket_module: "socket.connect to 192.0.2.1:80",
    tcp_6: "socket.connect to 2001:db8::1:80",
    create_connection: "socket.getaddrinfo to 192.0.2.1:80",
    udp_connected: "socket.connect to 192.0.2.1:80",
    udp_sendto: "socket.sendto to 192.0.2.1:80",
    udp_sendmsg: "socket.sendmsg to 192.0.2.1:80",
    lookup: "socket.getaddrinfo to host.invalid:443",
    lookup_of_bytes: "socket.getaddrinfo to host.invalid",
    lookup_by_name: "socket.gethostbyname to host.invalid",
    lookup_by_name_in_full: "socket.gethostbyname to host.invalid",
    reverse_lookup: "socket.gethostbyaddr to 192.0.2.1",
    reverse_lookup_with_port: "socket.getnameinfo to 192.0.2.1:80",
    http: "socket.getaddrinfo to host.invalid:80",
    asynchronous: "socket.connect to 192.0.2.1:80",
    asynchronous_lookup: "socket.getaddrinfo to host.invalid:80",
    in_a_thread: "socket.connect to 192.0.2.1:80",
}
