"""Closes the sockets of a client while threads wait in them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

import httpx

from provider.http.progress import Progress


class Sockets:
    """Shuts the connections of a client down, and closes them once no thread uses one.

    Closing a socket does not wake a thread that waits in it; shutting it down
    does. The file descriptor of a closed socket may be reused at once: a
    thread that is about to wait would then wait in an unrelated socket.

    Args:
        close: closes all connections; called once, by the last thread to leave.
    """

    def __init__(self, close: Callable[[], None]) -> None:
        self._close = close
        self._streams: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()
        self._inside = 0
        self._cut = False
        self._thread = threading.local()

    @contextlib.contextmanager
    def in_use(self, progress: Progress | None = None) -> Iterator[None]:
        """Mark that a thread waits in a socket; wraps each wait.

        Args:
            progress: limits the time that this thread reads inside.

        Raises:
            httpx.ReadError: the connections were cut.
        """
        with self._lock:
            if self._cut:
                raise httpx.ReadError("the connection was cut: its client is closed")
            self._inside += 1
        self._thread.progress = progress
        try:
            yield
        finally:
            self._thread.progress = None
            if progress is not None:
                progress.end_wait()
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            is_last = self._cut and not self._inside
        if is_last:
            self._close()

    def remember(self, event: str, info: Mapping[str, Any]) -> None:
        """Register a new connection; an httpcore ``trace`` function."""
        progress: Progress | None = getattr(self._thread, "progress", None)
        if event.endswith(".receive_response_headers.started") and progress is not None:
            progress.begin_wait()  # the time to send the request is not counted
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._limit(info["return_value"])
            with self._lock:
                self._streams.add(info["return_value"])
                is_late = self._cut
            if is_late:
                _shut(info["return_value"])

    def _limit(self, stream: Any) -> None:
        """Let each read of a connection take only the time that is left to the thread that reads."""
        read: Callable[[int, float | None], bytes] = stream.read

        def read_in_time(max_bytes: int, timeout: float | None = None) -> bytes:
            progress: Progress | None = getattr(self._thread, "progress", None)
            if progress is None:
                return read(max_bytes, timeout)
            with progress.reading(timeout) as left:
                return read(max_bytes, left)

        stream.read = read_in_time

    def cut(self) -> None:
        """Shut every connection down, which wakes the threads that wait in one."""
        with self._lock:
            is_last = not self._cut and not self._inside
            self._cut = True
            streams = list(self._streams)
        for stream in streams:
            _shut(stream)
        if is_last:
            self._close()


def sockets_of(client: Any) -> Sockets:
    """The connections of an SDK's own client; call their ``cut()`` at unload in place of its ``close()``.

    ``close()`` would not wake a thread that waits for the rest of an answer.

    Args:
        client: a synchronous one of httpx, or of its successor httpx2.
    """
    sockets = Sockets(client.close)
    client.event_hooks["request"].append(lambda request: request.extensions.update(trace=sockets.remember))
    return sockets


def _shut(stream: Any) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        # Not SSLSocket.shutdown: after it, a thread that still reads would read unencrypted.
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
