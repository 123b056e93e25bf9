"""The sockets of one client, and how the threads that wait in them are woken when it is closed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

import httpx


class Sockets:
    """Cuts the connections of a client, and has them closed once no thread is in one.

    Closing a socket does not wake a thread that waits in it; shutting it down
    does. And the number of a closed one may belong to another at once: a
    thread on its way into its socket would wait in a stranger's, and nobody
    would ever wake it.

    Args:
        close: closes all connections; called once, by whoever is the last to leave.
    """

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._streams: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()
        self._inside = 0
        self._cut = False

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """A thread may wait in a socket inside.

        Raises:
            httpx.ReadError: the connections are cut.
        """
        with self._lock:
            if self._cut:
                raise httpx.ReadError("the connection was cut: its client is closed")
            self._inside += 1
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            is_last = self._cut and not self._inside
        if is_last:
            self._close()

    def remember(self, event: str, info: Mapping[str, Any]) -> None:
        """Take notice of a connection, as httpcore's ``trace`` tells at the end of its making."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._streams.add(info["return_value"])
                is_late = self._cut
            if is_late:
                _shut(info["return_value"])

    def cut(self) -> None:
        """Shut every connection down: each thread inside wakes and leaves."""
        with self._lock:
            is_last = not self._cut and not self._inside
            self._cut = True
            streams = list(self._streams)
        for stream in streams:
            _shut(stream)
        if is_last:
            self._close()


def _shut(stream: Any) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        # Not a TLS socket's own: that one goes on unencrypted for whoever still reads.
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
