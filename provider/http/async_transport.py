"""The asynchronous HTTP client of a backend: it belongs to no event loop, its connections each belong to one.

This module imports httpx, so it is imported when a backend is loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import anyio
import httpx
from anyio.lowlevel import current_token
from typing_extensions import override

from provider.http.encodings import Decompression
from provider.http.given import GivenByCaller
from provider.http.progress import MAX_BYTES, Progress
from provider.http.proxies import proxy_for
from provider.http.transport import begin, received, tls_context

LIMITS = httpx.Limits(max_connections=1000, max_keepalive_connections=100)
"""How many connections a client may have in a loop, and keep open for further requests; as the openai SDK."""


def async_http_client(
    base_url: str | None, timeout: float, *, max_bytes: int = MAX_BYTES, given: GivenByCaller | None = None
) -> httpx.AsyncClient:
    """An asynchronous client, as ``http_client`` makes a synchronous one."""
    transport = AsyncClosableTransport(base_url, max_bytes=max_bytes, given=given)
    return httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(timeout))


class AsyncClosableTransport(httpx.AsyncBaseTransport):
    """What ``ClosableTransport`` is, for any event loop: each has connections of its own.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        max_bytes: how much a whole answer, or one event, may have.
        given: what the caller gave, to send nothing else of an account's; None to send what the SDK finds.
    """

    def __init__(
        self, base_url: str | None, *, max_bytes: int = MAX_BYTES, given: GivenByCaller | None = None
    ) -> None:
        self._proxy = proxy_for(base_url)
        self._max_bytes = max_bytes
        self._given = given
        self._loops: dict[Any, _Connections] = {}
        self._closed = False

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connections = await self._here()
        progress = begin(request, self._given, self._max_bytes)
        # Not httpx's own limit for a read, which begins anew with every byte.
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": None}
        with connections.waiting(progress) as wait:
            request.extensions["trace"] = wait.follow
            response = await connections.transport.handle_async_request(request)
        connections.check(wait)
        refused, encoding = received(response, progress)
        if refused is not None:
            await response.aclose()
            return refused
        assert isinstance(response.stream, httpx.AsyncByteStream)
        body = _OpenBody(response.stream, connections, progress, encoding)
        response.stream = body
        response.extensions |= {"progress": progress, "body": body}
        return response

    async def _here(self) -> _Connections:
        """The connections of the running loop."""
        loop = current_token().native_token
        if self._closed:
            raise _cut()
        if loop not in self._loops:
            for ended in [each for each, connections in self._loops.items() if connections.is_cut]:
                del self._loops[ended]
            self._loops[loop] = connections = _Connections(self._proxy)
            await connections.open()
        return self._loops[loop]

    @override
    async def aclose(self) -> None:
        """Cut the connections of all loops; those of the running one are closed at the return."""
        self._closed = True
        here = current_token().native_token
        for loop, connections in list(self._loops.items()):
            if loop == here:
                await connections.close()
            else:
                with contextlib.suppress(RuntimeError):  # the loop has ended, and closed them
                    _call_soon(loop, connections.close)
        self._loops.clear()


def _call_soon(loop: Any, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Let a loop of asyncio, or one of trio's by its token, call a function when it has time.

    Raises:
        RuntimeError: the loop has ended.
    """
    if isinstance(loop, asyncio.AbstractEventLoop):
        loop.call_soon_threadsafe(lambda: asyncio.ensure_future(close()))
    else:
        import trio

        loop.run_sync_soon(trio.lowlevel.spawn_system_task, close)


class _Connections:
    """The connections of one event loop. They are closed at the latest when the loop ends.

    Attributes:
        is_cut: whether they are closed.
    """

    def __init__(self, proxy: httpx.Proxy | None) -> None:
        self.transport = httpx.AsyncHTTPTransport(verify=tls_context(), proxy=proxy, limits=LIMITS)
        self._waits: set[_Wait] = set()
        self.is_cut = False
        self._until_end = self._closed_at_end()

    async def open(self) -> None:
        """Let the loop close the connections at its end: it closes the asynchronous generators left in it."""
        await anext(self._until_end)

    async def close(self) -> None:
        """End all waits, and close the connections."""
        await self._until_end.aclose()

    async def _closed_at_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self.is_cut = True
            for wait in self._waits:
                wait.scope.cancel()
            with anyio.CancelScope(shield=True):
                await self.transport.aclose()

    @contextlib.contextmanager
    def waiting(self, progress: Progress) -> Iterator[_Wait]:
        """Mark that a task waits in a socket; wraps each wait, and limits its time. ``check`` it afterwards.

        Raises:
            httpx.ReadError: the connections were cut.
            TimeoutError: no time is left.
        """
        if self.is_cut:
            raise _cut()
        wait = _Wait(progress)
        self._waits.add(wait)
        try:
            with wait.scope:
                wait.limit()
                yield wait
        finally:
            self._waits.discard(wait)
            progress.end_wait()

    def check(self, wait: _Wait) -> None:
        """Check that a wait was not ended. Not inside it, where the error would be one of the cancelling.

        Raises:
            httpx.ReadError: the connections were cut.
            httpx.ReadTimeout: the server was silent for too long.
            TimeoutError: no time is left for the call.
        """
        if not wait.scope.cancelled_caught:
            return
        if self.is_cut:
            raise _cut()
        wait.progress.call.check_time()
        raise httpx.ReadTimeout("timed out")


class _Wait:
    """One wait of a task in a socket."""

    def __init__(self, progress: Progress) -> None:
        self.scope = anyio.CancelScope()
        self.progress = progress

    def limit(self) -> None:
        """Let it take only the time that is left."""
        left = self.progress.left(None)
        self.scope.deadline = float("inf") if left is None else anyio.current_time() + left

    async def follow(self, event: str, _: Any) -> None:
        """Count the time from when the head of the answer is awaited on; an httpcore ``trace`` function."""
        if event.endswith(".receive_response_headers.started"):
            self.progress.begin_wait()  # the time to send the request is not counted
            self.limit()


class _OpenBody(httpx.AsyncByteStream, AsyncIterator[bytes]):
    """A response body, decompressed, that is read from a socket; it can be iterated once."""

    def __init__(
        self, body: httpx.AsyncByteStream, connections: _Connections, progress: Progress, encoding: str
    ) -> None:
        self._body = body
        self._pieces = aiter(body)
        self._connections = connections
        self._progress = progress
        self._encoding = encoding
        self._decompression: Decompression | None = None
        self._ready: Iterator[bytes] = iter(())
        self._is_last = False

    @override
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    @override
    async def __anext__(self) -> bytes:
        while True:
            for piece in self._ready:
                self._progress.receive(piece)
                return piece
            if self._is_last:
                raise StopAsyncIteration
            await self._receive()

    async def _receive(self) -> None:
        if self._decompression is None:
            self._decompression = Decompression(self._encoding)
        self._progress.begin_wait()
        with self._connections.waiting(self._progress) as wait:
            received = await anext(self._pieces, None)
        self._connections.check(wait)
        self._is_last = received is None
        decompressed = self._decompression.end() if received is None else self._decompression.feed(received)
        self._ready = iter(decompressed)

    @override
    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._body.aclose()


def _cut() -> httpx.ReadError:
    return httpx.ReadError("the connection was cut: its client is closed")
