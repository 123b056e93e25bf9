"""Collects the secrets of a session, and searches texts for them."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from conformance.recording.cassette.interaction import Request, Response
from conformance.recording.secrets import patterns
from conformance.recording.secrets.encodings import readings
from conformance.recording.wire_format import known

Secrets = Mapping[str, str] | Sequence[str]
"""Values by their names, such as those of environment variables, or values alone."""

_STANDARD = ("authorization", "proxy-authorization", "x-auth-token")
"""The headers that carry a credential whatever the provider."""

_SIGNATURE = re.compile(r"(?:Credential|Signature)=([^/,\s]+)")

_COOKIE = re.compile(r'([^=;,\s]+)="?([^;,\s"]+)')
_ATTRIBUTES = ("domain", "path", "expires", "max-age", "samesite")

# A shorter piece of base64 turns up by chance.
_SHORTEST_BASE64 = 8
_SHORTEST_PART = 16


def parts_of(name: str, secret: str) -> Iterator[tuple[str, str]]:
    """The parts of ``secret`` to search for, with their kinds: itself, JSON fields, lines of a key."""
    kind = name if name.startswith("secret number") else f"the value of {name}"
    yield kind, secret
    fields: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(secret)
    if isinstance(fields, dict):
        for field, value in fields.items():
            if isinstance(value, str) and re.search("key|secret|token$|password", field):
                yield from ((f"{field} of {name}", part) for _, part in parts_of(name, value))
    elif "\n" in secret:
        lines = (line.strip() for line in secret.splitlines())
        yield from ((kind, line) for line in lines if len(line) >= _SHORTEST_PART and "-----" not in line)


def carried(request: Request, response: Response) -> Iterator[tuple[str, str]]:
    """The credentials in the headers of both, with their kinds."""
    for name in dict.fromkeys((*_STANDARD, *known().key_headers, *known().credential_headers)):
        for value in _values(request.headers.get(name, "")):
            yield f"the credential in the header {name}", value
    for header in (request.headers.get("cookie", ""), response.headers.get("set-cookie", "")):
        for name, value in _COOKIE.findall(header):
            if name.lower() not in _ATTRIBUTES:
                yield f"the cookie {name}", value


def _values(header: str) -> Iterator[str]:
    scheme, _, rest = header.partition(" ")
    if scheme.startswith("AWS4"):
        yield from _SIGNATURE.findall(rest)
    elif scheme == "Basic":
        yield rest
        with contextlib.suppress(ValueError):
            yield base64.b64decode(rest).decode("utf-8").partition(":")[2]
    elif header:
        yield rest or header


def found_in(text: str, parts: Mapping[str, str]) -> str:
    """The kind of the first of ``parts``, or of a pattern, that ``text`` contains in any encoding."""
    for reading in readings(text):
        close = "".join(reading.split())
        standard = close.replace("-", "+").replace("_", "/")
        for part, kind in parts.items():
            plain, packed = _spellings(part)
            if any(each in close for each in plain) or any(each in standard for each in packed):
                return kind
        if kind := patterns.key_in(reading):
            return kind
    return ""


@cache
def _spellings(part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``part`` without white space and in hexadecimal digits; and its pieces of base64."""
    raw = part.encode("utf-8")
    return ("".join(part.split()), raw.hex(), raw.hex().upper()), tuple(_base64_pieces(raw))


def _base64_pieces(raw: bytes) -> Iterator[str]:
    # Base64 encodes groups of three bytes, so inside a longer text a secret has three encodings.
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw).decode("ascii")
        piece = whole[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        if len(piece) >= _SHORTEST_BASE64:
            yield piece
