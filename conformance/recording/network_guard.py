"""The network guard: it refuses every connection, datagram and name lookup that a rule does not allow.

It sees every call from Python, by any library; it does not see C++ code and child processes. An audit hook
cannot be removed, so there is one for the process, and contexts switch it on. The innermost context decides,
in every thread.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Rule = Callable[[str, int | None], bool]
"""Whether a host and a port may be reached; the port is None where only a name is looked up."""


class NetworkRefused(RuntimeError):
    """The guard does not allow an address.

    This is not an OSError: fallbacks and retries swallow those, and a refused test would wait for them.
    """


@dataclass
class _Context:
    rule: Rule
    refusals: list[str] = field(default_factory=list)


_contexts: tuple[_Context, ...] = ()
_lock = threading.Lock()


def nothing(host: str, port: int | None) -> bool:  # noqa: ARG001  (a rule)
    """The rule that allows no address."""
    return False


def loopback(host: str, port: int | None) -> bool:  # noqa: ARG001  (a rule)
    """The rule that allows this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def only(*addresses: tuple[str, int]) -> Rule:
    """The rule that allows exactly these hosts and ports."""

    def rule(host: str, port: int | None) -> bool:
        return any(host == allowed and port in (None, number) for allowed, number in addresses)

    return rule


def reaching(*hosts: str, ports: Sequence[int]) -> Rule:
    """The rule that allows these hosts by name, and any address on these ports.

    A name has many addresses, and the next lookup gives others; a connection to another server needs the
    lookup of another name first, which is refused.
    """

    def rule(host: str, port: int | None) -> bool:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host in hosts
        return host in hosts or port in ports

    return rule


@contextmanager
def guarded(rule: Rule = nothing) -> Iterator[list[str]]:
    """Refuse what ``rule`` does not allow; yields the list of refusals, which grows as they happen."""
    global _contexts  # noqa: PLW0603  (the hook is one for the process)
    context = _Context(rule)
    with _lock:
        _install()
        _contexts = (*_contexts, context)
    try:
        yield context.refusals
    finally:
        with _lock:
            _contexts = tuple(each for each in _contexts if each is not context)


@functools.cache
def _install() -> None:
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every import, open and compile of the process: the first line must be their whole cost.
    if (target := _TARGETS.get(event)) is None or not (contexts := _contexts):
        return
    address = target(*arguments)
    if address is None:
        return
    context = contexts[-1]
    host, port = address
    if not context.rule(host, port):
        place = host if port is None else f"{host}:{port}"
        message = f"{event} to {place} was refused: a conformance test may not reach the network"
        context.refusals.append(message)
        raise NetworkRefused(message)


_Target = tuple[str, int | None] | None


def _peer(sock: Any, address: Any) -> _Target:
    # A Unix socket is not the network, and a message without an address goes where connect was allowed.
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or address is None:
        return None
    return _text(address[0]), address[1]


def _lookup(host: Any, port: Any = None, *_: Any) -> _Target:
    # Without a host this machine is meant.
    if host is None:
        return None
    return _text(host), int(port) if isinstance(port, int) or str(port).isdigit() else None


def _reverse(address: Any) -> _Target:
    return _text(address[0]), address[1]


def _text(host: Any) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)


_TARGETS: dict[str, Callable[..., _Target]] = {
    "socket.connect": _peer,
    "socket.sendto": _peer,
    "socket.sendmsg": _peer,
    "socket.getaddrinfo": _lookup,
    "socket.gethostbyname": _lookup,
    "socket.gethostbyaddr": _lookup,
    "socket.getnameinfo": _reverse,
}
