"""The HTTP client a backend owns: one per loaded instance, closed at unload.

Imports httpx, so it is imported when a backend is loaded and not before.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from provider.observation import current_observation
from provider.sockets import Sockets
from provider.sse import media_type

if TYPE_CHECKING:
    from provider.observation import Observation

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS context, shared by the process: creating one takes 44 ms."""
    return httpx.create_ssl_context()


def http_client(base_url: str | None, timeout: float) -> httpx.Client:
    """A client for one backend.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        timeout: seconds that each wait may take: to connect, and for each read.
    """
    inner = httpx.HTTPTransport(
        verify=tls_context(),
        proxy=_proxy_for(base_url),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
    )
    return httpx.Client(transport=ObservingTransport(inner), timeout=httpx.Timeout(timeout))


def sockets_of(client: Any) -> Sockets:
    """The connections of an SDK's own client: call ``cut()`` at unload in place of the client's ``close()``.

    ``close()`` does not wake a thread that waits for the rest of an answer.

    Args:
        client: a synchronous one of httpx, or of its successor httpx2.
    """
    sockets = Sockets(client.close)
    client.event_hooks["request"].append(lambda request: request.extensions.update(trace=sockets.remember))
    return sockets


class ObservingTransport(httpx.BaseTransport):
    """Shows every exchange to the current observation; closing it ends the open ones."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._sockets = Sockets(inner.close)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and watch what comes back."""
        request.extensions = {**request.extensions, "trace": self._sockets.remember}
        observation = current_observation()
        if observation is None:
            return self._sent(request)
        observation.sent = True
        if observation.timeout is not None:  # not every route of litellm passes it on
            request.extensions["timeout"] = httpx.Timeout(observation.timeout).as_dict()
        try:
            response = self._sent(request)
        except Exception as error:
            observation.exception = error
            raise
        observation.head(response.status_code, response.headers)
        observation.pieces, observation.close = response.iter_bytes, response.close
        # The body is passed on decompressed, as it is observed. JSON and events are UTF-8, whatever charset
        # the type names.
        headers = [
            (name, media_type(value) if name == "content-type" else value)
            for name, value in response.headers.multi_items()
            if name not in ("content-encoding", "content-length")
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=_ObservedBody(response, observation),
            extensions=response.extensions,
        )

    def _sent(self, request: httpx.Request) -> httpx.Response:
        with self._sockets.in_use():
            response = self._inner.handle_request(request)
        if response.has_redirect_location:
            response.close()
            return _refused_redirect(response)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _OpenBody(response.stream, self._sockets)
        return response

    def close(self) -> None:
        """Cut the connections; the last thread in one closes them."""
        self._sockets.cut()


class _OpenBody(httpx.SyncByteStream):
    """A response body that is read from a socket."""

    def __init__(self, body: httpx.SyncByteStream, sockets: Sockets) -> None:
        self._body = body
        self._sockets = sockets

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._body)
        while True:
            with self._sockets.in_use():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def close(self) -> None:
        self._body.close()


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


def _refused_redirect(response: httpx.Response) -> httpx.Response:
    """An error in place of a redirect: following it would send the key to another server."""
    where = response.headers["location"]
    message = f"the server redirects to {where}: if that is right, use its address as the base URL"
    return httpx.Response(response.status_code, json={"error": {"message": message}})


def _proxy_for(base_url: str | None) -> str | None:
    """The environment's proxy for ``base_url``; none for this machine itself."""
    parts = urlsplit(base_url or "https://api.openai.com")
    host = parts.hostname or ""
    if host in LOOPBACK or host.startswith("127.") or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
