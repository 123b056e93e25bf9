"""The HTTP client of LiteLLM, whose transport captures every exchange of the current call."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from typing_extensions import override

from provider.errors import LLMProviderError, refused
from provider.http.sse import media_type
from provider.http.transport import transport_to
from provider.http.waits import EventWait
from provider.litellm.credentials import GivenCredentials
from provider.litellm.exchange import CapturedExchange, current_exchange

Origin = tuple[str, str, int | None]
"""The scheme, the host and the port of a server."""


def capturing_client(base_url: str | None, timeout: float, given: GivenCredentials | None) -> httpx.Client:
    """A client like that of ``provider.http.transport.http_client``, whose exchanges are captured.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        timeout: seconds that each wait may take: to connect, and for each read.
        given: the credentials that may be sent; None for those that litellm chooses.
    """
    transport = CapturingTransport(
        transport_to(base_url), given, _origin(httpx.URL(base_url)) if base_url else None
    )
    return httpx.Client(transport=transport, timeout=httpx.Timeout(timeout))


class CapturingTransport(httpx.BaseTransport):
    """Shows every exchange of ``inner`` that sends something to the current call, where there is one.

    Args:
        inner: sends the requests.
        given: the credentials that may be sent; None for those that litellm chooses.
        server: the scheme, host and port of the only server that may be sent something; None for any.
    """

    def __init__(
        self, inner: httpx.BaseTransport, given: GivenCredentials | None, server: Origin | None = None
    ) -> None:
        self._inner = inner
        self._given = given
        self._server = server

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange = current_exchange()
        if self._given is not None:
            self._given.keep_only_given(request, {} if exchange is None else exchange.given)
        if self._server not in (None, _origin(request.url)) and not _is_download(request, exchange):
            raise refused(f"this route sends something to {request.url.host} too, and not only to base_url")
        if exchange is None or request.method == "GET":  # some routes of litellm look for the model, too
            return self._inner.handle_request(request)
        if exchange.is_refused:
            raise refused("litellm would send the refused request again, with other parameters")
        try:
            exchange.request(request.url.path, request.read())
        except LLMProviderError as error:
            exchange.exception = error
            raise
        if exchange.timeout is not None:  # not every route of litellm passes it on
            request.extensions = {
                **request.extensions,
                "timeout": httpx.Timeout(exchange.timeout).as_dict(),
            }
        try:
            response = self._inner.handle_request(request)
        except Exception as error:
            exchange.exception = error
            raise
        exchange.response(response.status_code, response.headers)
        exchange.pieces, exchange.close = response.iter_bytes, response.close
        # The body is passed on decompressed, as it is captured. JSON and events are UTF-8, whatever charset
        # the type names.
        headers = [
            (name, media_type(value) if name == "content-type" else value)
            for name, value in response.headers.multi_items()
            if name not in ("content-encoding", "content-length")
        ]
        return httpx.Response(
            response.status_code,
            headers=headers,
            stream=_CapturedBody(response, exchange),
            extensions=response.extensions,
        )

    @override
    def close(self) -> None:
        self._inner.close()


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, url.host, url.port


def _is_download(request: httpx.Request, exchange: CapturedExchange | None) -> bool:
    """Whether it is the download of a file whose address is in the messages."""
    return request.method == "GET" and exchange is not None and exchange.names(request.url.host)


class _CapturedBody(httpx.SyncByteStream):
    """A response body, decompressed, that shows its bytes to an exchange."""

    def __init__(self, response: httpx.Response, exchange: CapturedExchange) -> None:
        self._response = response
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        wait = EventWait(self._exchange.timeout)
        try:
            for piece in wait.reading(self._response.iter_bytes()):
                complete = self._exchange.body.feed(piece)
                if complete:
                    wait.end()
                yield complete
        except Exception as error:
            self._exchange.exception = error
            raise
        yield self._exchange.end()

    @override
    def close(self) -> None:
        self._response.close()
