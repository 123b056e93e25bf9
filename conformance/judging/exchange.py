"""One request to the server under judgement and the bytes that came back, read with httpx alone."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

MAX_BYTES = 16 * 1024 * 1024
"""Of an answer; the server is given up behind them."""


@dataclass(frozen=True)
class Sent:
    """A request as it is sent, without the key.

    Attributes:
        method: the HTTP method.
        path: behind the base URL, e.g. ``/chat/completions``.
        body: what is sent; empty where nothing is.
        key: which key it carries: ``given`` (that of the user), ``wrong`` or ``none``.
    """

    method: str
    path: str
    body: bytes = b""
    key: str = "given"


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    Attributes:
        sent: the request.
        url: where it went, in full.
        sent_headers: the headers that the caller chose; the key is replaced by a placeholder.
        status: the HTTP status; None where no answer began.
        headers: those of the answer, by lower-case names.
        pieces: the body in the pieces in which it arrived; what is compressed is decompressed.
        ending: why the answer did not end as HTTP demands; empty where it did.
        hung: whether the server did not answer in time, or not at all.
    """

    sent: Sent
    url: str
    sent_headers: Mapping[str, str]
    status: int | None
    headers: Mapping[str, str]
    pieces: tuple[bytes, ...]
    ending: str = ""
    hung: bool = False

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        return parsed(self.body)


def parsed(data: bytes | str) -> Any:
    """``data`` as JSON; None where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def client() -> httpx.Client:
    """A client without proxies, redirects and kept connections: some servers close them without a word."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(trust_env=False, verify=_tls_context(), limits=limits)


@cache
def _tls_context() -> ssl.SSLContext:
    """One for the process: to read the certificates takes as long as a fifth of a judgement."""
    return httpx.create_ssl_context(trust_env=False)


def fetch(
    http: httpx.Client,
    sent: Sent,
    url: str,
    headers: Mapping[str, str],
    secret: Mapping[str, str],
    seconds: float,
) -> Exchange:
    """Send a request and keep whatever comes back, also where the connection breaks.

    Args:
        http: the client.
        sent: the request.
        url: where it goes.
        headers: the headers of the request that may be shown.
        secret: those that may not.
        seconds: after which the whole answer must be there.
    """
    deadline = time.monotonic() + seconds
    status, received, pieces = None, {}, []
    ending, hung = "", False
    try:
        with http.stream(
            sent.method, url, content=sent.body or None, headers={**headers, **secret}, timeout=seconds
        ) as answer:
            status, received = answer.status_code, dict(answer.headers)
            for piece in answer.iter_bytes():
                pieces.append(piece)
                if time.monotonic() > deadline:
                    ending, hung = f"still sending after {seconds:g} s", True
                    break
                if sum(map(len, pieces)) > MAX_BYTES:
                    ending = f"longer than {MAX_BYTES} bytes"
                    break
    except httpx.HTTPError as error:
        ending = f"{type(error).__name__}: {error}"
        hung = status is None or isinstance(error, httpx.TimeoutException)
    return Exchange(sent, url, headers, status, received, tuple(pieces), ending, hung)
