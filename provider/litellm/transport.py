"""The HTTP client of LiteLLM, whose transport captures every exchange of the current call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from typing_extensions import override

from provider.errors import LLMProviderError, refused
from provider.http.given import GivenByCaller
from provider.http.sse import media_type
from provider.http.transport import ClosableTransport
from provider.json_values import mapping
from provider.litellm.credentials import without_no_key
from provider.litellm.exchange import RESPONSES, CapturedExchange, current_exchange
from provider.litellm.replay import NOTES, REASONING


def capturing_client(
    base_url: str | None, timeout: float, max_bytes: int, given: GivenByCaller | None
) -> httpx.Client:
    """A client like that of ``provider.http.transport.http_client``, whose exchanges are captured.

    Args:
        base_url: where it will send, to choose the proxy; None for the SDK's default.
        timeout: seconds that each wait may take: to connect, for the head of an answer, and for each event.
        max_bytes: how much a whole answer, or one event, may have.
        given: what the caller gave, to send nothing else of an account's; None to send what litellm finds.
    """
    transport = CapturingTransport(ClosableTransport(base_url, max_bytes=max_bytes, given=given), base_url)
    return httpx.Client(transport=transport, timeout=httpx.Timeout(timeout))


class Capturing:
    """Shows every exchange that sends something to the current call, where there is one.

    Args:
        base_url: the server that the caller has named, the only one that is asked; None for any.
    """

    def __init__(self, base_url: str | None) -> None:
        self._server = _server_of(httpx.URL(base_url)) if base_url else None

    def prepared(self, request: httpx.Request) -> tuple[CapturedExchange | None, httpx.Request]:
        """The exchange that captures a request, and what is to be sent.

        Raises:
            Exception: why it must not be sent.
        """
        without_no_key(request)
        exchange = current_exchange()
        if self._server not in (None, _server_of(request.url)) and not _is_download(request, exchange):
            raise _to_another_server(request, exchange)
        if exchange is None or request.method == "GET":  # some routes of litellm look for the model, too
            return None, request
        request.read()
        if exchange.is_refused:
            raise refused("litellm would send the refused request again, with other parameters")
        if not request.url.path.endswith(RESPONSES):
            request = _without_replayed_items(request)
        try:
            exchange.request(request.url.path, request.content)
        except LLMProviderError as error:
            exchange.exception = error
            raise
        # Not every route of litellm passes the headers and the timeout of a call on.
        for name, value in mapping(exchange.arguments.get("extra_headers")).items():
            request.headers.setdefault(name, str(value))
        if exchange.timeout is not None:
            request.extensions = {
                **request.extensions,
                "timeout": httpx.Timeout(exchange.timeout).as_dict(),
            }
        return exchange, request


@contextmanager
def noting_failures(exchange: CapturedExchange) -> Iterator[None]:
    """Note in an exchange what fails inside."""
    try:
        yield
    except Exception as error:
        exchange.exception = error
        raise


def captured(
    exchange: CapturedExchange,
    response: httpx.Response,
    body: httpx.SyncByteStream | httpx.AsyncByteStream,
) -> httpx.Response:
    """What litellm gets of a response whose body it reads from ``body``."""
    exchange.response(response)
    # The captured body may have another length. JSON is UTF-8, whatever charset the type names.
    headers = [
        (name, media_type(value) if name == "content-type" else value)
        for name, value in response.headers.multi_items()
        if name != "content-length"
    ]
    extensions = {name: value for name, value in response.extensions.items() if name != "body"}
    return httpx.Response(response.status_code, headers=headers, stream=body, extensions=extensions)


class CapturingTransport(httpx.BaseTransport):
    """Shows every exchange of ``inner`` to the current call.

    Args:
        inner: sends the requests.
        base_url: as for ``Capturing``.
    """

    def __init__(self, inner: httpx.BaseTransport, base_url: str | None) -> None:
        self._inner = inner
        self._prepared = Capturing(base_url).prepared

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange, request = self._prepared(request)
        if exchange is None:
            return self._inner.handle_request(request)
        with noting_failures(exchange):
            response = self._inner.handle_request(request)
        return captured(exchange, response, CapturedBody(response, exchange))

    @override
    def close(self) -> None:
        self._inner.close()


class CapturedBody(httpx.SyncByteStream):
    """A response body that shows its bytes to an exchange."""

    def __init__(self, response: httpx.Response, exchange: CapturedExchange) -> None:
        self._response = response
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        with noting_failures(self._exchange):
            for piece in self._response.iter_bytes():
                yield self._exchange.feed(piece)
        yield self._exchange.end()

    @override
    def close(self) -> None:
        self._response.close()


def _server_of(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_download(request: httpx.Request, exchange: CapturedExchange | None) -> bool:
    """Whether litellm downloads a medium; it resolves the host itself, and leaves it in a header."""
    host = httpx.URL(f"//{request.headers['host']}").host
    return exchange is not None and request.method == "GET" and host in exchange.hosts


def _to_another_server(request: httpx.Request, exchange: CapturedExchange | None) -> Exception:
    """Why a request is not sent: some routes of litellm log in or look up the model at other hosts."""
    why = f"base_url names another server than {request.url.host}, to which nothing is sent"
    if exchange is None or request.method == "GET":
        return httpx.ConnectError(why, request=request)  # litellm goes on without what it wanted to look up
    exchange.exception = refused(why)
    return exchange.exception


def _without_replayed_items(request: httpx.Request) -> httpx.Request:
    """A request for a chat completion without the items of earlier responses, which litellm leaves in it.

    OpenAI refuses fields that it does not know, and only litellm knows which of its APIs it will ask.
    """
    if f'"{REASONING}"'.encode() not in request.content:
        return request
    body = json.loads(request.content)
    for message in body["messages"]:
        if message.pop(REASONING, None) is not None:
            message.pop(NOTES)
    headers = [item for item in request.headers.multi_items() if item[0] != "content-length"]
    content = json.dumps(body).encode()
    return httpx.Request(
        request.method, request.url, headers=headers, content=content, extensions=request.extensions
    )
