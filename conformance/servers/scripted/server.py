"""The loopback server: it accepts connections, logs every request, and plays its script."""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from conformance.servers.scripted.connection import Connection, ConnectionEndedError, ScriptError
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.request import Request
from conformance.servers.scripted.script import DEADLINE, Script, Served, reply

if TYPE_CHECKING:
    from conformance.servers.scripted.request_reader import RequestReader


class ScriptedServer:
    """An HTTP/1.1 server on 127.0.0.1 that plays the scripts of its ``handler``.

    One loop thread accepts, reads and closes; one thread a connection plays
    the scripts. Whatever went wrong on them is raised by :meth:`stop`.
    """

    def __init__(self, handler: Handler) -> None:
        # Not at the top: few processes start a server, and h11 and httpx take half as long as all the rest.
        from conformance.servers.scripted.request_reader import RequestReader

        self._reader_of = RequestReader
        self._handler = handler
        self._changed = threading.Condition()
        self._requests: list[Request] = []
        self._served: list[Served] = []
        self._connections: list[Connection] = []
        self._failures: list[Exception] = []
        self._players: list[threading.Thread] = []
        self._to_close: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
        self._stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_receiver, selectors.EVENT_READ, self._on_wake)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._loop = threading.Thread(target=self._serve, name="scripted-loop", daemon=True)
        self._loop.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except ScriptError as failure:
            if error is None:
                raise
            # The scenario's own failure is the one to read first.
            error.add_note(str(failure))

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, in the order in which they were complete."""
        with self._changed:
            return tuple(self._requests)

    @property
    def served(self) -> tuple[Served, ...]:
        """Every request whose script was begun, with the steps that were begun so far."""
        with self._changed:
            return tuple(self._served)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Every connection so far; each knows whether it is ``open`` and whether its client ``left``."""
        with self._changed:
            return tuple(self._connections)

    def open_connections(self) -> int:
        """The number of connections that neither side has closed."""
        return sum(connection.open for connection in self.connections)

    def wait_until_open_at_most(self, connections: int, timeout: float = DEADLINE) -> bool:
        """Whether, within ``timeout`` seconds, no more than so many connections are open."""
        with self._changed:
            return self._changed.wait_for(
                lambda: sum(each.open for each in self._connections) <= connections, timeout
            )

    def wait_until_closed(self, timeout: float = DEADLINE) -> bool:
        """Whether, within ``timeout`` seconds, there were connections and none is open any more."""
        return self._wait_until_closed(timeout, lambda: bool(self._connections))

    def wait_for_client_to_leave(self, timeout: float = DEADLINE) -> bool:
        """Whether, within ``timeout`` seconds, none is open any more and a client closed one of them."""
        return self._wait_until_closed(timeout, lambda: any(each.left for each in self._connections))

    def _wait_until_closed(self, timeout: float, condition: Callable[[], bool]) -> bool:
        def closed() -> bool:
            return condition() and not any(each.open for each in self._connections)

        with self._changed:
            return self._changed.wait_for(closed, timeout)

    def stop(self) -> None:
        """Close every socket, join every thread, and raise a :class:`ScriptError` for what went wrong."""
        self._wake(None)
        for thread in (self._loop, *self._players):
            thread.join(DEADLINE)
            if thread.is_alive():
                raise ScriptError(f"the thread {thread.name} did not end in {DEADLINE} s")
        failures, self._failures = self._failures, []
        if failures:
            raise ScriptError("; ".join(f"{type(each).__name__}: {each}" for each in failures)) from failures[
                0
            ]

    def _wake(self, dropped: Connection | None) -> None:
        """Have the loop drop a connection, or end when there is None."""
        self._to_close.put(dropped)
        with contextlib.suppress(OSError):  # the loop has ended and closed the socket
            self._wake_sender.send(b"!")

    def _serve(self) -> None:
        with self._selector, self._listener, self._wake_receiver, self._wake_sender:
            while not self._stopping:
                # All that is ready is done before an end, so a client that left before stop() has left.
                for key, _ in self._selector.select():
                    key.data()
            for connection in self._connections:
                connection.release()
                self._close(connection, left=False)

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        number = len(self._connections) + 1
        connection = Connection(number, sock, self._changed, self._wake)
        reader = self._reader_of(number)
        player = threading.Thread(
            target=self._play_all, args=(connection,), name=f"scripted-player-{number}", daemon=True
        )
        with self._changed:
            self._connections.append(connection)
            self._players.append(player)
        self._selector.register(sock, selectors.EVENT_READ, partial(self._receive, connection, reader))
        player.start()

    def _on_wake(self) -> None:
        # One call for one byte: a call is never obeyed before what was ready when it was made.
        self._wake_receiver.recv(1)
        connection = self._to_close.get()
        if connection is None:
            self._stopping = True
        else:
            self._close(connection, left=False)

    def _receive(self, connection: Connection, reader: RequestReader) -> None:
        if not connection.open:
            return
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close(connection, left=True)
            return
        try:
            for request in reader.feed(data):
                with self._changed:
                    self._requests.append(request)
                connection.requests.put(request)
        except reader.refuses as error:
            self._report(error)
            self._close(connection, left=False)

    def _close(self, connection: Connection, *, left: bool) -> None:
        if connection.open:
            self._selector.unregister(connection.socket)
            connection.close(left=left)

    def _play_all(self, connection: Connection) -> None:
        with contextlib.suppress(ConnectionEndedError):
            while (request := connection.requests.get()) is not None:
                self._play(connection, request)

    def _play(self, connection: Connection, request: Request) -> None:
        served = Served(request)
        with self._changed:
            self._served.append(served)
        try:
            connection.play(self._script(request), served.steps)
        except ConnectionEndedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a script does wrong is raised by stop()
            self._report(error)
            connection.end()
        if request.headers.get("connection", "").lower() == "close":
            connection.end()

    def _script(self, request: Request) -> Script:
        try:
            return self._handler(request)
        except Exception as error:  # noqa: BLE001 - the client sees a 500, stop() raises the cause
            self._report(error)
            return reply({"error": {"message": f"scripted server: {type(error).__name__}: {error}"}}, 500)

    def _report(self, error: Exception) -> None:
        with self._changed:
            self._failures.append(error)
