"""Limits the rate of requests to a server: to the declared one, and by the pauses that it asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

RETRY_LATER = (429, 503, 529)
"""The statuses by which a server asks for a pause; 529 is Anthropic's overload."""

FIRST_PAUSE = 5.0
"""Seconds of the first pause if a server does not say how long; each further pause is twice as long."""

LONGEST_PAUSE = 300.0
"""Seconds; a server that asks for more is asked again by another run."""


class RateLimiter:
    """The rate limiter of one server, which is sent one request at a time.

    Args:
        requests_per_minute: the maximum rate of requests.
        clock: returns the time in seconds.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        requests_per_minute: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._between = 60.0 / requests_per_minute
        self._clock, self._sleep = clock, sleep
        self._next = 0.0
        self._pause = FIRST_PAUSE

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        if (rest := self._next - self._clock()) > 0:
            self._sleep(rest)
        self._next = self._clock() + self._between

    def answered(self, status: int, headers: Mapping[str, str]) -> float:
        """Note a response; returns the seconds of the pause that the server asks for, 0 for none."""
        if status not in RETRY_LATER:
            self._pause = FIRST_PAUSE
            return 0.0
        asked = _seconds(headers)
        rest = min(asked if asked is not None else self._pause, LONGEST_PAUSE)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._next = max(self._next, self._clock() + rest)
        return rest


def _seconds(headers: Mapping[str, str]) -> float | None:
    """``retry-after-ms`` or ``retry-after`` (RFC 9110, 10.2.3) in seconds; None if neither is a number."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None
