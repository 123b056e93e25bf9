"""Normalises base URLs and keys, and masks keys in texts."""

from __future__ import annotations

import html
import ipaddress
import json
import os
import re
from itertools import takewhile
from urllib.parse import quote, quote_plus, unquote, urlsplit

from provider.errors import refused

RECOGNISABLE = 8
"""The least length, in characters, at which a part of a key is secret; ``sk-`` is a common prefix."""

_MASK = "[key]"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_SLASHES = re.compile("/{2,}")
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""The ends of host names that are never public (RFC 6761, 6762, 8375; ICANN reserves ``internal``)."""


def checked_url(url: str) -> str:
    """``url`` without a trailing slash, and with one slash where its path has several.

    Raises:
        LLMProviderError: ``bad_request``, when it is not an http(s) URL.
    """
    try:
        parts = urlsplit(url.strip())
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # malformed brackets or port
        is_http = False
    if not is_http:
        raise refused(f"the base URL {_masked_login(url)!r} is not an http:// or https:// URL")
    return parts._replace(path=_SLASHES.sub("/", parts.path)).geturl().rstrip("/")


def without_login(url: str | None) -> tuple[str | None, str]:
    """``url`` without the login before its host, and that as ``user:password``, empty where there is none."""
    scheme, separator, rest = (url or "").partition("://")
    place = re.split("[/?#]", rest, maxsplit=1)[0]
    login, at, host = place.rpartition("@")
    if not (separator and at):
        return url, ""
    user, _, password = login.partition(":")
    return f"{scheme}://{host}{rest[len(place) :]}", f"{unquote(user)}:{unquote(password)}"


def _masked_login(url: str) -> str:
    """What may be no URL, without all that may be a login in it."""
    return re.sub(r"^(\s*[a-z][a-z0-9+.-]*://)?.*@", r"\1[login]@", url, flags=re.IGNORECASE | re.DOTALL)


def with_version(url: str) -> str:
    """The URL of an OpenAI-compatible API: ``/v1`` is added where the URL names no path."""
    checked = checked_url(url)
    return checked if urlsplit(checked).path else f"{checked}/v1"


def provider_name(route: str, url: str | None) -> str:
    """``route`` and the host, port and path of ``url``, without credentials; the same in every process."""
    parts = urlsplit(url or "")
    host = parts.netloc.rpartition("@")[2]
    return f"{route}@{host}{parts.path.rstrip('/')}" if host else route


def is_local(url: str | None) -> bool:
    """Whether ``url`` is of this machine or of a private network, where no provider demands a key."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:  # malformed brackets
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(_PRIVATE_NAMES))


def unset_variable(key: str | None) -> str | None:
    """The environment variable that a key names and that is not set; None for every other key."""
    name = (key or "").strip()
    return name if _VARIABLE.fullmatch(name) and not os.environ.get(name, "").strip() else None


def is_openai(provider: str) -> bool:
    """Whether the provider of this name, as ``provider_name`` gives it, is OpenAI itself."""
    route, _, place = provider.partition("@")
    host = place.partition("/")[0]
    return route == "openai" and (not host or host == "openai.com" or host.endswith(".openai.com"))


def checked_key(key: str | None) -> str | None:
    """The key to send, None for an empty one.

    Args:
        key: the key itself, or the name of the environment variable that holds it.

    Raises:
        LLMProviderError: ``bad_request``, when the variable is not set (its name must not be sent as a key),
            or when no header can hold the key. The message does not show the key.
    """
    if unset := unset_variable(key):
        raise refused(f"the API key is the environment variable {unset}, which is not set")
    key = (key or "").strip()
    if _VARIABLE.fullmatch(key):
        key = os.environ[key].strip()
    if not key.isascii() or not key.isprintable():
        raise refused("the API key contains a line break or another character that no header can hold")
    return key or None


def masked(text: str, key: str) -> str:
    """``text`` with the key masked: verbatim, escaped for JSON, a URL or HTML, and any half of it or more.

    A beginning of the key at the end of ``text``, where an excerpt was cut, is masked as well.
    """
    spellings = {key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], html.escape(key)}
    longest_first = sorted(spellings, key=len, reverse=True)
    text = re.sub("|".join(map(re.escape, longest_first)), _MASK, text, flags=re.IGNORECASE)
    text = _without_beginnings(key, text, _MASK)
    text = _without_beginnings(key[::-1], text[::-1], _MASK[::-1])[::-1]
    cut = max(_cut_at_end(spelling, text) for spelling in spellings)
    return f"{text[:-cut]}{_MASK}" if cut else text


def _without_beginnings(key: str, text: str, mask: str) -> str:
    """``text`` with each beginning of the key masked that is half of it or more."""
    half = max(RECOGNISABLE, (len(key) + 1) // 2)
    if half >= len(key):
        return text
    shown: list[str] = []
    at = 0
    beginning = re.compile(re.escape(key[:half]), re.IGNORECASE)
    while found := beginning.search(text, at):
        shown.append(text[at : found.start()])
        at = found.end()
        pairs = zip(key[half:].lower(), text[at : at + len(key)].lower(), strict=False)
        at += len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return mask.join([*shown, text[at:]])


def _cut_at_end(spelling: str, text: str) -> int:
    """How many characters at the end of ``text`` are a beginning of ``spelling``; 0 for fewer than four."""
    return next((size for size in range(len(spelling) - 1, 3, -1) if text.endswith(spelling[:size])), 0)
