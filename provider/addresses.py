"""Base URLs and keys, as people write them, brought into the form that is sent."""

from __future__ import annotations

import html
import json
import os
import re
from itertools import takewhile
from urllib.parse import quote, quote_plus, urlsplit

from provider.messages import refused

RECOGNISABLE = 8
"""Characters of a key that are more than the prefix of all keys, such as ``sk-``."""

_MASK = "[key]"
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
    """``text`` with the key taken out: as it is, as JSON or a URL writes it, and half of it or more.

    Also where an excerpt ends in the middle of it. A mask that a server puts over it is no secret.
    """
    whole = {key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], html.escape(key)}
    longest_first = sorted(whole, key=len, reverse=True)
    text = re.sub("|".join(map(re.escape, longest_first)), _MASK, text, flags=re.IGNORECASE)
    text = _without_beginnings(key, text, _MASK)
    text = _without_beginnings(key[::-1], text[::-1], _MASK[::-1])[::-1]
    begun = max((_begun(spelling, text) for spelling in whole), default=0)
    return f"{text[:-begun]}{_MASK}" if begun else text


def _without_beginnings(key: str, text: str, mask: str) -> str:
    """``text`` with a mask in place of each beginning of the key that is half of it or more."""
    half = max(RECOGNISABLE, (len(key) + 1) // 2)
    if half >= len(key):
        return text
    shown: list[str] = []
    beginning = re.compile(re.escape(key[:half]), re.IGNORECASE)
    while found := beginning.search(text):
        shown.append(text[: found.start()])
        text = text[found.end() :]
        pairs = zip(key[half:].lower(), text.lower(), strict=False)
        text = text[len(list(takewhile(lambda pair: pair[0] == pair[1], pairs))) :]
    return mask.join([*shown, text])


def _begun(spelling: str, text: str) -> int:
    """How many characters of ``spelling`` a text ends with, where they are enough to know it by."""
    return next((size for size in range(len(spelling) - 1, 3, -1) if text.endswith(spelling[:size])), 0)
