"""HTTP: clients and their sockets, base URLs and keys, and the formats of streams."""

from typing import TYPE_CHECKING

from provider.lazy import lazy_names

if TYPE_CHECKING:
    from provider.http.addresses import checked_key, checked_url, with_version
    from provider.http.async_transport import async_http_client
    from provider.http.transport import http_client

__all__ = ["async_http_client", "checked_key", "checked_url", "http_client", "with_version"]

__getattr__ = lazy_names(
    __name__,
    {
        "async_http_client": "async_transport",
        "checked_key": "addresses",
        "checked_url": "addresses",
        "http_client": "transport",
        "with_version": "addresses",
    },
)
