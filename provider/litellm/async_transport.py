"""The asynchronous HTTP client of LiteLLM, which captures as the synchronous one does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from typing_extensions import override

from provider.chat.streams import awaited_pieces
from provider.chat.thread_steps import InThreads
from provider.http.async_transport import AsyncClosableTransport
from provider.http.given import GivenByCaller
from provider.litellm.exchange import CapturedExchange
from provider.litellm.transport import Capturing, captured, noting_failures


def async_capturing_client(
    base_url: str | None, timeout: float, max_bytes: int, given: GivenByCaller | None
) -> httpx.AsyncClient:
    """An asynchronous client, as ``capturing_client`` makes a synchronous one."""
    inner = AsyncClosableTransport(base_url, max_bytes=max_bytes, given=given)
    transport = AsyncCapturingTransport(inner, base_url)
    return httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(timeout))


class AsyncCapturingTransport(httpx.AsyncBaseTransport):
    """What ``CapturingTransport`` is, for event loops."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str | None) -> None:
        self._inner = inner
        self._prepared = Capturing(base_url).prepared

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange, request = self._prepared(request)
        if exchange is None:
            return await self._inner.handle_async_request(request)
        with noting_failures(exchange):
            response = await self._inner.handle_async_request(request)
        return captured(exchange, response, AsyncCapturedBody(response, exchange))

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


class AsyncCapturedBody(httpx.AsyncByteStream, AsyncIterator[bytes]):
    """A response body that shows its bytes to an exchange; it can be iterated once."""

    def __init__(self, response: httpx.Response, exchange: CapturedExchange) -> None:
        self._response = response
        self._exchange = exchange
        self._pieces = awaited_pieces(response)
        self._is_last = False

    @override
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    @override
    async def __anext__(self) -> bytes:
        if self._is_last:
            raise StopAsyncIteration
        with noting_failures(self._exchange):
            piece = await anext(self._pieces, None)
            if piece is not None:
                return self._exchange.feed(piece)
        self._is_last = True
        return self._exchange.end()

    @override
    async def aclose(self) -> None:
        await self._response.aclose()


class _BodyInThreads(InThreads, httpx.AsyncByteStream):
    """The body of a response that litellm asked for in a thread, read in threads."""


def awaited(response: httpx.Response) -> httpx.Response:
    """An open response with a body that is awaited, whichever client has received it."""
    if isinstance(response.stream, httpx.AsyncByteStream):
        return response
    body = _BodyInThreads(response.iter_bytes(), response.close)
    extensions = {**response.extensions, "body": body}
    return httpx.Response(response.status_code, headers=response.headers, stream=body, extensions=extensions)
