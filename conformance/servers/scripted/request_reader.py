"""Reads requests from the bytes of a connection."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Iterator

import h11
import httpx

from conformance.servers.scripted.request import Request


class RequestReader:
    """Cuts the bytes of one connection into requests; h11 reads heads, lengths and chunks.

    Attributes:
        refuses: what nonsense raises.
    """

    refuses = h11.RemoteProtocolError

    def __init__(self, connection: int) -> None:
        self._connection = connection
        self._parser = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()

    def feed(self, data: bytes) -> Iterator[Request]:
        """The requests that ``data`` completes; raises what it ``refuses`` on nonsense."""
        self._parser.receive_data(data)
        while True:
            match self._parser.next_event():
                case h11.Request() as head:
                    self._head = head
                case h11.Data() as part:
                    self._body += part.data
                case h11.EndOfMessage():
                    yield self._finish()
                case _:
                    return

    def _finish(self) -> Request:
        head = self._head
        if head is None:
            raise RuntimeError("h11 ended a request that it never began")
        target = urllib.parse.urlsplit(head.target.decode("ascii"))
        request = Request(
            method=head.method.decode("ascii"),
            path=target.path,
            query=httpx.QueryParams(target.query),
            headers=httpx.Headers(list(head.headers)),
            body=bytes(self._body),
            time=time.monotonic(),
            connection=self._connection,
        )
        # Answers are raw bytes that h11 never sees, so it could not start the next cycle itself.
        rest, _ = self._parser.trailing_data
        self._parser = h11.Connection(h11.SERVER)
        if rest:  # h11 takes no bytes for the end of the connection
            self._parser.receive_data(rest)
        self._head = None
        self._body.clear()
        return request
