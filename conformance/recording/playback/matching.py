"""Matches a request with recorded ones, and finds the differences."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.recording.cassette import bodies
from conformance.recording.cassette.interaction import Request
from conformance.recording.playback.differences import ABSENT, Difference, canonical, differences
from conformance.recording.wire_format import known

_PORTS = {"http": 80, "https": 443}


class ComparableRequest:
    """The parts of a request that must be equal: method, URL, body and credential headers."""

    def __init__(self, request: Request, headers: Collection[str] | None = None) -> None:
        self._request = request
        self._headers = known().key_headers if headers is None else headers

    @cached_property
    def key(self) -> str:
        """A text that is equal for two requests exactly when they match."""
        return canonical(self._parts)

    def differences(self, sent: ComparableRequest) -> list[Difference]:
        """The differences between this recorded request and ``sent``."""
        recorded, other = self._parts, sent._parts
        return [
            difference
            for part in dict.fromkeys((*recorded, *other))
            for difference in differences(
                recorded.get(part, ABSENT), other.get(part, ABSENT), "$" if part == "body" else part
            )
        ]

    @cached_property
    def _parts(self) -> dict[str, Any]:
        request = self._request
        url = urlsplit(request.uri)
        parts: dict[str, Any] = {
            "method": request.method,
            "scheme": url.scheme,
            "host": url.hostname,
            "port": url.port or _PORTS.get(url.scheme),
            "path": url.path,
            "query": parse_qs(url.query, keep_blank_values=True),
        }
        parts |= {
            f"header {name}": request.headers[name] for name in self._headers if name in request.headers
        }
        if request.body:
            try:
                parts["body"] = bodies.parse(request.body)
            except bodies.NotJSON:
                parts["body that is not JSON"] = request.body.decode("latin-1")
        return parts
