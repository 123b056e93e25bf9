"""Whether a request is the recorded one, and in what it differs if not."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.recording.cassette import bodies
from conformance.recording.cassette.interaction import Request
from conformance.recording.playback.differences import ABSENT, Difference, canonical, differences
from conformance.recording.secrets.credentials import HEADERS

_PORTS = {"http": 80, "https": 443}


class ComparableRequest:
    """A request reduced to what must be equal: where it goes, who sends it, and what it says.

    Of its headers those that carry a credential, unless others are named too.
    """

    def __init__(self, request: Request, headers: Collection[str] = HEADERS) -> None:
        self._request = request
        self._headers = headers

    @cached_property
    def key(self) -> str:
        """The same text for two requests exactly when one recording answers both."""
        return canonical(self._parts)

    def differences(self, sent: ComparableRequest) -> list[Difference]:
        """What ``sent`` has otherwise than this recorded question."""
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
