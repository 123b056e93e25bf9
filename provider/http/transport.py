"""The HTTP client of a backend: one for each loaded instance, closed at unload.

This module imports httpx, so it is imported when a backend is loaded.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from typing_extensions import override

from provider.errors import redirected
from provider.http.sockets import Sockets

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS context, one for the process: creating it takes 44 ms."""
    return httpx.create_ssl_context()


def http_client(base_url: str | None, timeout: float) -> httpx.Client:
    """A client for one backend.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        timeout: seconds that each wait may take: to connect, and for each read.
    """
    return httpx.Client(transport=transport_to(base_url), timeout=httpx.Timeout(timeout))


def transport_to(base_url: str | None) -> ClosableTransport:
    """The transport of a client that sends to ``base_url``; None for the SDK's default."""
    inner = httpx.HTTPTransport(
        verify=tls_context(),
        proxy=_proxy_for(base_url),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
    )
    return ClosableTransport(inner)


class ClosableTransport(httpx.BaseTransport):
    """Follows no redirect, and shuts the open connections down when it is closed."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._sockets = Sockets(inner.close)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "trace": self._sockets.remember}
        with self._sockets.in_use():
            response = self._inner.handle_request(request)
        if response.has_redirect_location:
            response.close()
            return _refused_redirect(response)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _OpenBody(response.stream, self._sockets)
        return response

    @override
    def close(self) -> None:
        self._sockets.cut()


class _OpenBody(httpx.SyncByteStream):
    """A response body that is read from a socket."""

    def __init__(self, body: httpx.SyncByteStream, sockets: Sockets) -> None:
        self._body = body
        self._sockets = sockets

    @override
    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._body)
        while True:
            with self._sockets.in_use():
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


def _proxy_for(base_url: str | None) -> str | None:
    """The environment's proxy for ``base_url``; None for this machine."""
    parts = urlsplit(base_url or "https://api.openai.com")
    host = parts.hostname or ""
    if host in LOOPBACK or host.startswith("127.") or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
