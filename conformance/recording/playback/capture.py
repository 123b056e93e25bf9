"""Captures the exchanges with a live server, where nothing is recorded and every answer must stream.

This is the one place of the suite that patches httpx. There is no public way: httpx has event hooks and
transports for a client only, and the client belongs to a backend that the suite does not know. vcrpy, which
patches the same two methods, reads a response to its end before the client gets it, so that early closes,
pauses and timeouts would no longer be tested (its ``stubs/httpx_stubs.py``).
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from conformance.recording.cassette.interaction import Request, Response

_LIBRARIES = ("httpx", "httpx2")
"""The HTTP libraries of SDKs; openai 3 uses the second."""


@dataclass
class CapturedExchange:
    """A request of a session and its response.

    Attributes:
        time: when the request was sent, in monotonic seconds.
        request: the request.
        response: the response, without a body where it was streamed from a live server; None for no response.
    """

    time: float
    request: Request
    response: Response | None = None


@contextmanager
def captured(see: Callable[[Request], object] = lambda _: None) -> Iterator[list[CapturedExchange]]:
    """Every request that the block sends, with its secrets, and the status and headers of its response.

    ``see`` is given each request before it is sent.
    """
    # Not at the top: it imports asyncio, and few runs ask a live server.
    from unittest.mock import patch

    exchanges: list[CapturedExchange] = []
    with ExitStack() as stack:
        for name in filter(importlib.util.find_spec, _LIBRARIES):
            library = import_module(name)
            for transport, method, around in (
                (library.HTTPTransport, "handle_request", _capturing),
                (library.AsyncHTTPTransport, "handle_async_request", _capturing_async),
            ):
                sending = around(getattr(transport, method), exchanges, see)
                stack.enter_context(patch.object(transport, method, sending))
        yield exchanges


def _capturing(
    send: Callable[..., Any], exchanges: list[CapturedExchange], see: Callable[[Request], object]
) -> Callable[..., Any]:
    def sending(transport: Any, request: Any) -> Any:
        request.read()
        exchange = _captured(request, exchanges)
        see(exchange.request)
        response = send(transport, request)
        exchange.response = Response(response.status_code, headers=dict(response.headers))
        return response

    return sending


def _capturing_async(
    send: Callable[..., Any], exchanges: list[CapturedExchange], see: Callable[[Request], object]
) -> Callable[..., Any]:
    async def sending(transport: Any, request: Any) -> Any:
        await request.aread()
        exchange = _captured(request, exchanges)
        see(exchange.request)
        response = await send(transport, request)
        exchange.response = Response(response.status_code, headers=dict(response.headers))
        return response

    return sending


def _captured(request: Any, exchanges: list[CapturedExchange]) -> CapturedExchange:
    sent = Request(request.method, str(request.url), dict(request.headers), request.content)
    exchanges.append(CapturedExchange(time.monotonic(), sent))
    return exchanges[-1]
