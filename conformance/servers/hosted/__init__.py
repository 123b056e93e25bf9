"""Providers' own servers: declared beside a target, and asked with real keys when they are recorded."""

from conformance.servers.hosted.access import Access, secret_values, stand_in, stored_url
from conformance.servers.hosted.cost import Cost, most
from conformance.servers.hosted.declaration import Hosted
from conformance.servers.hosted.hosts import Hosts, host_and_port
from conformance.servers.hosted.pace import Pace
from conformance.servers.hosted.prices import Price, price_of

__all__ = [
    "Access",
    "Cost",
    "Hosted",
    "Hosts",
    "Pace",
    "Price",
    "host_and_port",
    "most",
    "price_of",
    "secret_values",
    "stand_in",
    "stored_url",
]
