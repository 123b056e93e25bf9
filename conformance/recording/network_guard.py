"""The network guard: it refuses every connection, datagram and name lookup that a rule does not allow.

It sees the calls of Python's socket module, by any library. What it cannot look into, a replay refuses as a
whole: other programs and interpreters, C functions that reach the network, the sockets of services of this
machine. It does not see what compiled code does by itself; SECURITY.md lists what is refused and what is not.

An audit hook cannot be removed, so there is one for the process, and contexts switch it on. The innermost
context decides, in every thread.
"""

from __future__ import annotations

import functools
import ipaddress
import multiprocessing.util
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from conformance.recording.audited_calls import TARGETS, WAYS, connected, is_loopback

Rule = Callable[[str, int | None], bool]
"""Whether a host and a port may be reached; the port is None where only a name is looked up."""


_EVENTS = TARGETS.keys() | WAYS.keys()


class NetworkRefused(RuntimeError):
    """The guard does not allow an address.

    This is not an OSError: fallbacks and retries swallow those, and a refused test would wait for them.
    """


@dataclass
class _Context:
    rule: Rule
    sealed: bool
    refusals: list[str] = field(default_factory=list)

    def refuse(self, what: str) -> None:
        """Note a refusal, and raise it."""
        message = f"{what} was refused: a conformance test may not reach the network"
        self.refusals.append(message)
        raise NetworkRefused(message)


_contexts: tuple[_Context, ...] = ()
_left_open: list[socket.socket] = []
_lock = threading.Lock()


def nothing(host: str, port: int | None) -> bool:  # noqa: ARG001  (a rule)
    """The rule that allows no address."""
    return False


def loopback(host: str, port: int | None) -> bool:  # noqa: ARG001  (a rule)
    """The rule that allows this machine and nothing else."""
    return is_loopback(host)


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
def guarded(rule: Rule = nothing, *, sealed: bool = False) -> Iterator[list[str]]:
    """Refuse what ``rule`` does not allow; yields the list of refusals, which grows as they happen.

    Args:
        rule: which addresses may be reached.
        sealed: also refuse what the guard cannot look into, for a replay needs nothing but its recording.
    """
    global _contexts  # noqa: PLW0603  (the hook is one for the process)
    context = _entered(rule, sealed=sealed)
    try:
        if sealed:
            before = "was open before the replay, which may use it"
            context.refusals.extend(f"a connection to {peer} {before}" for peer in connected(_left_open))
        yield context.refusals
    finally:
        with _lock:
            _contexts = tuple(each for each in _contexts if each is not context)


def leave_open(sock: socket.socket) -> None:
    """Let every replay begin while ``sock`` is connected: a worker of xdist tells its controller by it."""
    _left_open.append(sock)


def guard_for_good(rule: Rule) -> list[str]:
    """Like :func:`guarded`, until the process ends: what runs at its exit is guarded too."""
    return _entered(rule, sealed=False).refusals


def _entered(rule: Rule, *, sealed: bool) -> _Context:
    global _contexts  # noqa: PLW0603
    context = _Context(rule, sealed)
    with _lock:
        _install()
        _contexts = (*_contexts, context)
    return context


@functools.cache
def _install() -> None:
    sys.addaudithook(_hook)
    # The one way to start a program of which Python tells no audit hook.
    multiprocessing.util.spawnv_passfds = _audited(multiprocessing.util.spawnv_passfds)


def _audited(spawn: Callable[..., int]) -> Callable[..., int]:
    def spawnv_passfds(path: bytes, arguments: Any, descriptors: Any) -> int:
        # Python's own tracker of what is left behind by locks and shared memory runs nothing of others.
        if not any("multiprocessing.resource_tracker" in os.fsdecode(each) for each in arguments):
            sys.audit("os.posix_spawn", path, arguments, None)
        return spawn(path, arguments, descriptors)

    return spawnv_passfds


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every import, open and compile of the process: the first line must be their whole cost.
    if event not in _EVENTS or not (contexts := _contexts):
        return
    context = contexts[-1]
    if (target := TARGETS.get(event)) is not None:
        address = target(*arguments)
        if address is not None and not context.rule(*address):
            host, port = address
            context.refuse(f"{event} to {host if port is None else f'{host}:{port}'}")
    if context.sealed and (way := WAYS.get(event)) is not None and (what := way(*arguments)):
        context.refuse(f"{event} {what}".rstrip())
