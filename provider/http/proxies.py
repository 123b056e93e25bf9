"""The proxy of the environment for an address, read as curl reads it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from provider.errors import refused

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def proxy_for(base_url: str | None) -> httpx.Proxy | None:
    """The environment's proxy for ``base_url``; None for this machine.

    Raises:
        LLMProviderError: it cannot be used. The message does not show its login.
    """
    parts = urlsplit(base_url or "https://api.openai.com")
    host = parts.hostname or ""
    if host in LOOPBACK or host.startswith("127.") or proxy_bypass(host):
        return None
    proxies = getproxies()
    url = (proxies.get(parts.scheme) or proxies.get("all") or "").strip()
    return _proxy(url) if url else None


def _proxy(url: str) -> httpx.Proxy:
    """The proxy of a URL that may lack its scheme, which is then http, and may hold a login."""
    kind = (_SCHEME.match(url) or [""])[0]
    login, _, place = url.removeprefix(kind).rpartition("@")
    user, _, password = login.partition(":")
    try:
        return httpx.Proxy(
            f"{kind or 'http://'}{place}", auth=(unquote(user), unquote(password)) if login else None
        )
    except (ValueError, httpx.InvalidURL):
        raise refused(f"the proxy of the environment is not a URL of a proxy: {kind}{place}") from None
