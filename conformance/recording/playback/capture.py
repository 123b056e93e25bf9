"""Taking down what a real server is asked where nothing is recorded; nothing of it is touched."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

from conformance.recording.cassette.interaction import Request, Response
from conformance.recording.playback.replay import CapturedExchange

_LIBRARIES = ("httpx", "httpx2")
"""What SDKs speak through; openai 3 does through the second."""


@contextmanager
def captured() -> Iterator[list[CapturedExchange]]:
    """Every request that is sent in the block, with its secrets, and the status and headers of its answer.

    The body of an answer is the backend's alone: it streams as it would have without us.
    """
    exchanges: list[CapturedExchange] = []
    with ExitStack() as stack:
        for name in filter(importlib.util.find_spec, _LIBRARIES):
            library = import_module(name)
            for transport, method, around in (
                (library.HTTPTransport, "handle_request", _capturing),
                (library.AsyncHTTPTransport, "handle_async_request", _capturing_async),
            ):
                sending = around(getattr(transport, method), exchanges)
                stack.enter_context(patch.object(transport, method, sending))
        yield exchanges


def _capturing(send: Callable[..., Any], exchanges: list[CapturedExchange]) -> Callable[..., Any]:
    def sending(transport: Any, request: Any) -> Any:
        request.read()
        exchange = _asked(request, exchanges)
        response = send(transport, request)
        exchange.response = _came(response)
        return response

    return sending


def _capturing_async(send: Callable[..., Any], exchanges: list[CapturedExchange]) -> Callable[..., Any]:
    async def sending(transport: Any, request: Any) -> Any:
        await request.aread()
        exchange = _asked(request, exchanges)
        response = await send(transport, request)
        exchange.response = _came(response)
        return response

    return sending


def _asked(request: Any, exchanges: list[CapturedExchange]) -> CapturedExchange:
    sent = Request(request.method, str(request.url), dict(request.headers), request.content)
    exchange = CapturedExchange(time.monotonic(), sent)
    exchanges.append(exchange)
    return exchange


def _came(response: Any) -> Response:
    return Response(response.status_code, headers=dict(response.headers))
