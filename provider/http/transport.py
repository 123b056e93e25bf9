"""The HTTP client of a backend: one for each loaded instance, closed at unload.

This module imports httpx, so it is imported when a backend is loaded.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache

import httpx
from typing_extensions import override

from provider.errors import redirected
from provider.http.calls import current_call
from provider.http.encodings import ACCEPTED, decoded
from provider.http.given import GivenByCaller
from provider.http.progress import MAX_BYTES, Progress
from provider.http.proxies import proxy_for
from provider.http.sockets import Sockets
from provider.http.sse import STREAMS, media_type


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS context, one for the process: creating it takes 44 ms."""
    return httpx.create_ssl_context()


def http_client(
    base_url: str | None, timeout: float, *, max_bytes: int = MAX_BYTES, given: GivenByCaller | None = None
) -> httpx.Client:
    """A client for one backend.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        timeout: seconds that each wait may take: to connect, for the head of an answer, and for each event.
        max_bytes: how much a whole answer, or one event, may have.
        given: what the caller gave, to send nothing else of an account's; None to send what the SDK finds.
    """
    transport = ClosableTransport(base_url, max_bytes=max_bytes, given=given)
    return httpx.Client(transport=transport, timeout=httpx.Timeout(timeout))


class ClosableTransport(httpx.BaseTransport):
    """Follows no redirect, limits what it waits for, and shuts the open connections down when it is closed.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        max_bytes: how much a whole answer, or one event, may have.
        given: what the caller gave, to send nothing else of an account's; None to send what the SDK finds.
    """

    def __init__(
        self, base_url: str | None, *, max_bytes: int = MAX_BYTES, given: GivenByCaller | None = None
    ) -> None:
        self._inner = httpx.HTTPTransport(
            verify=tls_context(),
            proxy=proxy_for(base_url),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        )
        self._max_bytes = max_bytes
        self._given = given
        self._sockets = Sockets(self._inner.close)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        progress = begin(request, self._given, self._max_bytes)
        request.extensions["trace"] = self._sockets.remember
        with self._sockets.in_use(progress):
            response = self._inner.handle_request(request)
        refused, encoding = received(response, progress)
        if refused is not None:
            response.close()
            return refused
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _OpenBody(response.stream, self._sockets, progress, encoding)
        response.extensions["progress"] = progress
        return response

    @override
    def close(self) -> None:
        self._sockets.cut()


def begin(request: httpx.Request, given: GivenByCaller | None, max_bytes: int) -> Progress:
    """Make a request ready to be sent for the current call; returns what limits its answer."""
    if given is not None:
        given.keep_only_given(request)
    if request.headers.get("accept-encoding") != "identity":
        request.headers["accept-encoding"] = ACCEPTED
    timeouts = request.extensions.get("timeout", {})
    progress = Progress(timeouts.get("read"), max_bytes, current_call())
    timeouts = {name: progress.left(seconds) for name, seconds in timeouts.items()}
    request.extensions = {**request.extensions, "timeout": timeouts}
    return progress


def received(response: httpx.Response, progress: Progress) -> tuple[httpx.Response | None, str]:
    """Look at the head of an answer: what to return in place of a redirect, and the coding of the body."""
    progress.event()
    kind = media_type(response.headers.get("content-type", ""))
    progress.counts_pieces = progress.call.streamed and kind in STREAMS
    if response.has_redirect_location:
        return _refused_redirect(response), ""
    encoding = response.headers.pop("content-encoding", "")
    if encoding:
        response.headers.pop("content-length", None)
    return None, encoding


class _OpenBody(httpx.SyncByteStream):
    """A response body, decompressed, that is read from a socket."""

    def __init__(
        self, body: httpx.SyncByteStream, sockets: Sockets, progress: Progress, encoding: str
    ) -> None:
        self._body = body
        self._sockets = sockets
        self._progress = progress
        self._encoding = encoding

    @override
    def __iter__(self) -> Iterator[bytes]:
        for piece in decoded(self._received(), self._encoding):
            self._progress.receive(piece)
            yield piece

    def _received(self) -> Iterator[bytes]:
        pieces = iter(self._body)
        while True:
            with self._sockets.in_use(self._progress):
                self._progress.begin_wait()
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    @override
    def close(self) -> None:
        self._body.close()


def _refused_redirect(response: httpx.Response) -> httpx.Response:
    """An error in place of a redirect: following it would send the key to another server."""
    message = redirected(response.headers["location"])
    return httpx.Response(response.status_code, json={"error": {"message": message}})
