"""What each audited call of Python reaches: an address, or what the network guard cannot look into."""

from __future__ import annotations

import _socket
import contextlib
import ipaddress
import os
import re
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_DESCRIPTORS = Path("/dev/fd")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def connected(known: Iterable[socket.socket] = ()) -> Iterator[str]:
    """The addresses of other machines to which this process has an open connection that is not ``known``."""
    own = {each.fileno() for each in known}
    for each in _DESCRIPTORS.iterdir() if _DESCRIPTORS.is_dir() else ():
        # One that another thread has closed meanwhile, or a socket that is not connected, raises.
        with contextlib.suppress(OSError):
            descriptor = int(each.name)
            if descriptor not in own and stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                with socket.socket(fileno=os.dup(descriptor)) as sock:
                    peer = sock.getpeername()
                    if sock.family in _INTERNET and not is_loopback(peer[0]):
                        yield f"{peer[0]}:{peer[1]}"


_Target = tuple[str, int | None] | None


def _peer(sock: Any, address: Any) -> _Target:
    family = _family(sock)
    # A message without an address goes where connect was allowed; a Unix socket is this machine.
    if address is None or family == getattr(socket, "AF_UNIX", None):
        return None
    if family not in _INTERNET:
        return f"{address!r} of the family {family}", None
    return _text(address[0]), address[1]


def _family(sock: Any) -> int:
    # Not sock.family: a class of somebody else may say something else.
    return int(_socket.socket.family.__get__(sock))


def _lookup(host: Any, port: Any = None, *_: Any) -> _Target:
    # Without a host this machine is meant.
    if host is None:
        return None
    return _text(host), int(port) if isinstance(port, int) or str(port).isdigit() else None


def _reverse(address: Any) -> _Target:
    return _text(address[0]), address[1]


def _text(host: Any) -> str:
    if isinstance(host, bytes | bytearray):
        return host.decode("ascii", "replace")
    return str.__str__(host) if isinstance(host, str) else str(host)


TARGETS: dict[str, Callable[..., _Target]] = {
    "socket.connect": _peer,
    "socket.sendto": _peer,
    "socket.sendmsg": _peer,
    "socket.getaddrinfo": _lookup,
    "socket.gethostbyname": _lookup,
    "socket.gethostbyaddr": _lookup,
    "socket.getnameinfo": _reverse,
}
"""The calls that name an address, which the rule decides about."""


HARMLESS = frozenset(("uname", "lsb_release", "ldconfig", "gcc", "cc", "ld", "objdump"))
"""The programs that Python asks: SDKs tell servers what machine this is, and ctypes finds libraries."""


def _program(path: Any, *_: Any) -> str:
    name = Path(os.fsdecode(path)).name if isinstance(path, str | bytes | os.PathLike) else repr(path)
    return "" if name in HARMLESS else f"of {name}"


def _unix(sock: Any, address: Any) -> str:
    return f"to {address!r}" if address is not None and _family(sock) not in _INTERNET else ""


def _inbound(sock: Any, address: Any) -> str:
    is_here = _family(sock) in _INTERNET and is_loopback(_text(address[0]))
    return "" if is_here else f"to {address!r}"


def _function(_: Any, name: Any) -> str:
    return f"of {name}" if _C_FUNCTIONS.fullmatch(str(name)) else ""


_C_FUNCTIONS = re.compile(
    r"socket|connect|send(to|m?msg|file)?|getaddrinfo|gethostbyname.*|res_n?(query|search)|syscall|io_uring_\w+"
    r"|system|popen|v?fork|clone3?|f?exec(v|l)\w*|posix_spawnp?"
)
"""Functions of a C library that reach the network or start a program."""

WAYS: dict[str, Callable[..., str]] = {
    "subprocess.Popen": lambda executable, arguments, *_: _program(executable or arguments),
    "os.system": lambda command: f"of {command!r}",
    "os.exec": _program,
    "os.posix_spawn": _program,
    "os.spawn": lambda _, path, *__: _program(path),
    "os.startfile": _program,
    "os.fork": lambda: "of this process",
    "os.forkpty": lambda: "of this process",
    "cpython.PyInterpreterState_New": lambda: "of another interpreter",
    "ctypes.dlsym": _function,
    "socket.connect": _unix,
    "socket.sendto": _unix,
    "socket.sendmsg": _unix,
    "socket.bind": _inbound,
}
"""The calls behind which the guard sees nothing: what each does, in words; empty where it does no harm."""
