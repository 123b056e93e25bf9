"""Base URLs and keys, as people write them, brought into the form that is sent."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from provider.messages import refused

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


_SLASHES = re.compile("/{2,}")


def checked_url(url: str) -> str:
    """``url`` without a trailing slash, and with one slash where its path has several.

    Raises:
        LLMProviderError: ``bad_request``, when it is not an http(s) URL.
    """
    try:
        parts = urlsplit(url.strip())
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of brackets and ports that are none
        is_http = False
    if not is_http:
        raise refused(f"the base URL {url!r} is not an http:// or https:// URL")
    return parts._replace(path=_SLASHES.sub("/", parts.path)).geturl().rstrip("/")


def with_version(url: str) -> str:
    """The URL of an OpenAI-compatible API: ``/v1`` is added where the URL names no path."""
    checked = checked_url(url)
    return checked if urlsplit(checked).path else f"{checked}/v1"


def checked_key(key: str | None) -> str | None:
    """The key to send, None for an empty one.

    Args:
        key: the key itself, or the name of the environment variable that holds it.

    Raises:
        LLMProviderError: ``bad_request``, when the variable is not set, for its name must never be sent
            as a key, or when the key cannot stand in a header; the key is not shown.
    """
    key = (key or "").strip()
    if _VARIABLE.fullmatch(key):
        if not os.environ.get(key, "").strip():
            raise refused(f"the API key is the environment variable {key}, which is not set")
        key = os.environ[key].strip()
    if not key.isascii() or not key.isprintable():
        raise refused("the API key holds a line break or another character that no header can carry")
    return key or None


def without(key: str, text: str) -> str:
    """``text`` with the key taken out, also where an excerpt ends in the middle of it."""
    text = text.replace(key, "[key]")
    begun = next((size for size in range(len(key) - 1, 3, -1) if text.endswith(key[:size])), 0)
    return f"{text[:-begun]}[key]" if begun else text
