"""The HTTP client a backend owns: one per loaded instance, closed at unload.

Imports httpx, so it is imported when a backend is loaded and not before.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import httpx

from provider.observation import current_observation

if TYPE_CHECKING:
    from provider.observation import Observation

ON_ITS_WAY = 0.05
"""Seconds in which a thread that has begun to read is in its socket."""

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
    does, so that ``unload`` ends the calls of other threads.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._connections: WeakSet[Any] = WeakSet()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and watch what comes back."""
        request.extensions = {**request.extensions, "trace": self._remember}
        observation = current_observation()
        if observation is None:
            return self._inner.handle_request(request)
        observation.sent = True
        if observation.timeout is not None:  # not every route of litellm hands it on
            request.extensions["timeout"] = httpx.Timeout(observation.timeout).as_dict()
        try:
            response = self._inner.handle_request(request)
        except Exception as error:
            observation.exception = error
            raise
        observation.head(response.status_code, response.headers)
        observation.pieces, observation.close = response.iter_bytes, response.close
        # The body is handed on decompressed, so that what is observed is what was said.
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in ("content-encoding", "content-length")
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=_ObservedBody(response, observation),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Cut the connections that are in use, then close the pool."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):  # it is closed already
                connection.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        if self._is_read():
            # A thread on its way into its socket must find it shut, not closed: the number of a closed one
            # may belong to another by then, and nobody would ever wake it.
            threading.Event().wait(ON_ITS_WAY)
        self._inner.close()

    def _is_read(self) -> bool:
        """Whether an answer is still being read on one of the connections."""
        pool = getattr(self._inner, "_pool", None)
        return any(not connection.is_idle() for connection in getattr(pool, "connections", ()))

    def _remember(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore tells what it does; a connection comes with the end of its making."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._connections.add(info["return_value"])


class _ObservedBody(httpx.SyncByteStream):
    """A response body, decompressed, that shows its bytes to an observation."""

    def __init__(self, response: httpx.Response, observation: Observation) -> None:
        self._response = response
        self._observation = observation

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._response.iter_bytes():
                yield self._observation.feed(piece)
        except Exception as error:
            self._observation.exception = error
            raise
        yield self._observation.end()

    def close(self) -> None:
        self._response.close()


def _proxy_for(base_url: str | None) -> str | None:
    """The environment's proxy for ``base_url``; never one for this machine itself."""
    parts = urlsplit(base_url or "https://api.openai.com")
    host = parts.hostname or ""
    if host in LOOPBACK or host.startswith("127.") or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
