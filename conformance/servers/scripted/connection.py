"""One accepted connection, and the playing of scripts on it."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import assert_never

from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import (
    DEADLINE,
    Chunk,
    Close,
    Cut,
    Head,
    LastChunk,
    Repeat,
    Reset,
    Script,
    Send,
    Stall,
    Step,
    Wait,
    WaitForClose,
)


class ScriptError(Exception):
    """A script was not played as the scenario meant it."""


class ConnectionEndedError(Exception):
    """The connection has ended, so the rest of the script is not played."""


class Connection:
    """One accepted connection: ``open`` until either side closes it, ``left`` once the client closed it.

    Only the server's loop reads and closes the socket: a thread that closed a
    descriptor under a waiting selector would hand its number to the next
    connection.
    """

    def __init__(
        self,
        number: int,
        sock: socket.socket,
        changed: threading.Condition,
        drop: Callable[[Connection], None],
    ) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(DEADLINE)
        self.number = number
        self.socket = sock
        self.requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.open = True
        self.left = False
        self._writing = threading.Lock()
        self._changed = changed
        self._drop = drop
        self._stopped = False
        self._waited_for: threading.Event | None = None

    def close(self, *, left: bool) -> None:
        """Close the socket and wake every thread that waits for that; only the server's loop calls it."""
        with self._changed, self._no_writer():
            self.socket.close()
            self.open = False
            self.left = left
            self._changed.notify_all()
        self.requests.put(None)

    @contextlib.contextmanager
    def _no_writer(self) -> Iterator[None]:
        """Stop writers: one that still waits would later write into the descriptor of a new connection."""
        if not self._writing.acquire(blocking=False):
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)  # wakes who waits for room
            self._writing.acquire()
        try:
            yield
        finally:
            self._writing.release()

    def release(self) -> None:
        """End every wait of the script, because the server stops."""
        with self._changed:
            self._stopped = True
            if self._waited_for:
                self._waited_for.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def play(self, script: Script, begun: list[Step]) -> None:
        """Do every step; raises :class:`ConnectionEndedError` when one of them ends the connection.

        Each step is appended to ``begun`` before it is done.
        """
        head = b""
        for step in script:
            begun.append(step)
            # Two small writes would cost a client without TCP_NODELAY 44 ms, so a head waits for its body.
            match step:
                case Head():
                    head += step.encode()
                case Send(data):
                    self._write(head + data)
                    head = b""
                case Chunk() | LastChunk():
                    self._write(head + step.encode())
                    head = b""
                case _:
                    self._write(head)
                    head = b""
                    self._act(step)
        self._write(head)

    def _act(self, step: Wait | WaitForClose | Stall | Repeat | Close | Cut | Reset) -> None:
        match step:
            case Wait(event, timeout):
                self._wait(event, timeout)
            case WaitForClose(timeout):
                self._wait_for_end(timeout)
                if not self.left:
                    raise ScriptError(f"connection {self.number}: the client did not leave before the stop")
                raise ConnectionEndedError
            case Stall():
                self._wait_for_end(None)
                raise ConnectionEndedError
            case Repeat(data, times, seconds, chunked):
                self._repeat(Chunk(data).encode() if chunked else data, times, seconds)
            case Close() | Cut():
                self.end()
            case Reset():
                # Zero seconds of lingering make close() send a reset instead of an end.
                with contextlib.suppress(OSError):
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.end()
            case _:
                assert_never(step)

    def _repeat(self, data: bytes, times: int, seconds: float) -> None:
        for _ in range(times):
            self._write(data)
            with self._changed:
                if self._changed.wait_for(lambda: not self.open or self._stopped, seconds):
                    raise ConnectionEndedError

    def end(self) -> None:
        """Have the loop close the connection, and play no further step."""
        self._drop(self)
        raise ConnectionEndedError

    def _write(self, data: bytes) -> None:
        try:
            if data:
                with self._writing:
                    self.socket.sendall(data)
        except TimeoutError:
            raise ScriptError(f"connection {self.number}: the client read nothing for {DEADLINE} s") from None
        except OSError:
            raise ConnectionEndedError from None

    def _wait(self, event: threading.Event, timeout: float) -> None:
        with self._changed:
            self._waited_for = event
            stopped = self._stopped
        if not stopped and not event.wait(timeout):
            raise ScriptError(f"connection {self.number}: the rest was held and not released in {timeout} s")
        if self._stopped or not self.open:
            raise ConnectionEndedError

    def _wait_for_end(self, timeout: float | None) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: not self.open, timeout):
                raise ScriptError(f"connection {self.number}: the client did not leave in {timeout} s")
