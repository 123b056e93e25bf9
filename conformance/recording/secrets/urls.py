"""Finds and replaces the credentials in a URL: in its query, also a signed one, and before its host."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from conformance.recording.secrets.names import KEPT_QUERY

_SHORTEST = 4
"""Characters of a value that may be a credential; a shorter one, such as ``n=1``, is none."""

_SIGNED = re.compile(r"x-(amz|goog)-date")
"""Names whose value differs each time a query is signed."""

_SHARED = re.compile(r"se|st|ske|skt|skoid|sktid")
"""The same in a shared access signature of Azure; these short names count only beside ``sig``."""

SIGNED = "<SIGNED>"
"""The placeholder of a time of signing."""


def without_keys(uri: str, placeholder: Callable[[str], str]) -> str:
    """``uri`` with a placeholder for each value that may be a credential; the rest stays byte for byte.

    A user and a password before the host are left out: httpx sends them as a header.
    """
    url = urlsplit(uri)
    host = url.netloc.rpartition("@")[2]
    shared = any(name == "sig" for name, _ in _pairs(url.query))
    parts = []
    for part in url.query.split("&"):
        name, equals, value = part.partition("=")
        plain = unquote_plus(name).lower()
        if value and (_SIGNED.fullmatch(plain) or (shared and _SHARED.fullmatch(plain))):
            value = SIGNED
        elif _may_be_credential(plain, unquote_plus(value)):
            value = placeholder(unquote_plus(value))
        parts.append(f"{name}{equals}{value}")
    query = "&".join(parts)
    if host == url.netloc and query == url.query:
        # urlunsplit drops an empty query, and the path of a recorded request may end with a bare "?".
        return uri
    return urlunsplit(url._replace(netloc=host, query=query))


def keys_in(uri: str) -> Iterator[tuple[str, str]]:
    """The name and the value of each credential in ``uri``."""
    url = urlsplit(uri)
    if url.password:
        yield "password", unquote_plus(url.password)
    yield from ((name, value) for name, value in _pairs(url.query) if _may_be_credential(name, value))


def _may_be_credential(name: str, value: str) -> bool:
    return len(value) >= _SHORTEST and name not in KEPT_QUERY


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for part in query.split("&"):
        name, _, value = part.partition("=")
        yield unquote_plus(name).lower(), unquote_plus(value)
