"""The HTTP client a backend owns: one per loaded instance, closed at unload.

Imports httpx, so it is imported when a backend is loaded and not before.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from provider.linesafe import line_safe
from provider.observation import current_observation

if TYPE_CHECKING:
    from provider.observation import Observation

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS context of the process: making one costs 44 ms, sharing one nothing."""
    return httpx.create_ssl_context()


def http_client(base_url: str | None, timeout: float) -> httpx.Client:
    """A client for one backend.

    Args:
        base_url: where it will send, to choose the proxy; None where the SDK knows.
        timeout: seconds that each wait may take: to connect, and between any two reads.
    """
    inner = httpx.HTTPTransport(
        verify=tls_context(),
        proxy=_proxy_for(base_url),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
    )
    return httpx.Client(transport=ObservingTransport(inner), timeout=httpx.Timeout(timeout))


class ObservingTransport(httpx.BaseTransport):
    """Shows every exchange to the current observation, and cuts the open ones when it is closed.

    Closing a socket does not wake a thread that waits on it; shutting it down
    does, so that ``unload`` during a stream ends that stream.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._open: set[_ObservedBody] = set()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and watch what comes back."""
        observation = current_observation()
        if observation is not None:
            observation.sent = True
        try:
            response = self._inner.handle_request(request)
        except Exception as error:
            if observation is not None:
                observation.exception = error
            raise
        if observation is not None:
            observation.head(response.status_code, response.headers)
        assert isinstance(response.stream, httpx.SyncByteStream)
        body = _ObservedBody(response.stream, observation, response, self)
        if observation is not None:
            observation.close = body.close
        with self._lock:
            self._open.add(body)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=body, extensions=response.extensions
        )

    def forget(self, body: _ObservedBody) -> None:
        """A body was read to its end or closed."""
        with self._lock:
            self._open.discard(body)

    def close(self) -> None:
        """Cut the answers still being read, then close the pool."""
        with self._lock:
            cut = list(self._open)
        for body in cut:
            body.cut()
        self._inner.close()


class _ObservedBody(httpx.SyncByteStream):
    """A response body that shows its bytes to an observation."""

    def __init__(
        self,
        inner: httpx.SyncByteStream,
        observation: Observation | None,
        response: httpx.Response,
        owner: ObservingTransport,
    ) -> None:
        self._inner = inner
        self._observation = observation
        self._network = response.extensions.get("network_stream")
        self._owner = owner

    def __iter__(self) -> Iterator[bytes]:
        if self._observation is None:
            yield from self._inner
            return
        pieces = self._shown(self._observation)
        yield from line_safe(pieces) if self._observation.is_stream else pieces

    def _shown(self, observation: Observation) -> Iterator[bytes]:
        try:
            for piece in self._inner:
                observation.feed(piece)
                yield piece
        except Exception as error:
            observation.exception = error
            raise

    def close(self) -> None:
        self._owner.forget(self)
        self._inner.close()

    def cut(self) -> None:
        """Make a thread that waits for this body see its end."""
        connection = self._network.get_extra_info("socket") if self._network is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):  # the server closed it first
                connection.shutdown(socket.SHUT_RDWR)


def _proxy_for(base_url: str | None) -> str | None:
    """The environment's proxy for ``base_url``; never one for this machine itself."""
    parts = urlsplit(base_url or "https://api.openai.com")
    host = parts.hostname or ""
    if host in LOOPBACK or host.startswith("127.") or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
