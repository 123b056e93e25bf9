"""Providers' own servers: declared beside a target, and recorded with real keys."""

from conformance.servers.hosted.access import Access, placeholder_access, secret_values, stored_url
from conformance.servers.hosted.cost import Cost, maximum_cost
from conformance.servers.hosted.declaration import HostedServer
from conformance.servers.hosted.hosted_servers import HostedServers, host_and_port
from conformance.servers.hosted.prices import Price, price_of
from conformance.servers.hosted.rate_limiter import RateLimiter

__all__ = [
    "Access",
    "Cost",
    "HostedServer",
    "HostedServers",
    "Price",
    "RateLimiter",
    "host_and_port",
    "maximum_cost",
    "placeholder_access",
    "price_of",
    "secret_values",
    "stored_url",
]
