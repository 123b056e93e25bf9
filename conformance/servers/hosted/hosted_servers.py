"""The hosted servers that the recorder may ask: their keys, rate limits and cost."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

from conformance.servers.hosted.access import Access, real_access, secret_values
from conformance.servers.hosted.cost import Cost
from conformance.servers.hosted.declaration import HostedServer, filled
from conformance.servers.hosted.prices import FREE, Price, price_of
from conformance.servers.hosted.rate_limiter import RateLimiter

_ANNOUNCED_FROM = 5.0
"""Seconds; a longer pause is announced."""

_CONNECT_TIMEOUT = 1.0
"""Seconds to wait for a server on this machine."""


class HostedServers:
    """The hosted servers with the environment of the person who records; the recorder passes them to pytest.

    Attributes:
        rehearsal: whether the loopback server answers in place of the hosted ones.
        costs: the cost so far by ``backend@target``; in a rehearsal the maximum cost of recording.
        rate_limited: each ``backend@target group/scenario`` that its server wants to be asked later.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        say: Callable[[str], object] = lambda _: None,
        *,
        rehearsal: bool = False,
    ) -> None:
        self.rehearsal = rehearsal
        self.costs: dict[str, Cost] = {}
        self.rate_limited: set[str] = set()
        self._say = say
        self._environment = dict(environment)
        self._missing: dict[str, str] = {}
        self._limiters: dict[str, RateLimiter] = {}

    def missing(self, hosted: HostedServer) -> str:
        """What must be done before ``hosted`` can be asked, as a message; empty if nothing must."""
        names = [name for name in hosted.variables if not self._environment.get(name)]
        if names:
            return f"set {' and '.join(names)}"
        if hosted.variables:
            return ""
        if hosted.url not in self._missing:
            answers = _answers(*host_and_port(hosted.url))
            self._missing[hosted.url] = "" if answers else f"no server answers at {hosted.url}"
        return self._missing[hosted.url]

    def access(self, hosted: HostedServer, model: str) -> Access:
        """The real access, for a target whose own model is ``model``."""
        return real_access(hosted, model, self._environment)

    def rate_limiter(self, label: str, hosted: HostedServer) -> RateLimiter:
        """The rate limiter of one target, the same for every scenario."""
        if label not in self._limiters:
            self._limiters[label] = RateLimiter(hosted.requests_per_minute, sleep=partial(self._rest, label))
        return self._limiters[label]

    def _rest(self, label: str, seconds: float) -> None:
        if seconds > _ANNOUNCED_FROM:
            self._say(f"{label}: waiting {seconds:.0f} s, as its server asks for")
        time.sleep(seconds)

    def price(self, hosted: HostedServer, model: str) -> Price | None:
        """The price, for a target whose own model is ``model``; None if it is not known."""
        if hosted.is_free:
            return FREE
        named = filled(hosted.model, lambda name: self._environment.get(name, "")) or model
        return price_of(hosted.price or named)

    def cost(self, label: str) -> Cost:
        """The cost of ``backend@target`` so far."""
        return self.costs.get(label, Cost())

    def add_cost(self, label: str, cost: Cost) -> None:
        """Add to the cost of ``backend@target``."""
        self.costs[label] = self.cost(label) + cost

    @property
    def secrets(self) -> dict[str, str]:
        """Every value of the environment that may be a secret, by its variable; none may be stored."""
        return secret_values(self._environment)


def host_and_port(url: str) -> tuple[str, int]:
    """Host and port of a URL, which may leave the port to its scheme."""
    address = urlsplit(url)
    return address.hostname or "", address.port or (443 if address.scheme == "https" else 80)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _CONNECT_TIMEOUT).close()
    except OSError:
        return False
    return True
