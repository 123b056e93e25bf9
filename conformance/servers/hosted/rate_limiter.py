"""Limits the rate of requests to a server: to the declared one, and by the pauses that it asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

RETRY_LATER = (429, 503, 529)
"""The statuses of a server that wants to be asked later; 529 is Anthropic's overload."""

BEGIN = 5.0
"""Seconds of the first pause where a server does not say how long; each further pause is twice as long."""

LONGEST = 300.0
"""Seconds of the longest pause; a server that wants more is asked again by the next run."""


class RateLimiter:
    """The rate limiter of one server, which is sent one request at a time.

    Args:
        requests_per_minute: the most requests in a minute.
        clock: the time in seconds.
        sleep: waits so many seconds.
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
        self._pause = BEGIN

    def wait(self) -> None:
        """Wait until the next question may be asked."""
        if (rest := self._next - self._clock()) > 0:
            self._sleep(rest)
        self._next = self._clock() + self._between

    def answered(self, status: int, headers: Mapping[str, str]) -> float:
        """Note an answer; returns the seconds of pause that the server asks for, 0 for none."""
        if status not in RETRY_LATER:
            self._pause = BEGIN
            return 0.0
        asked = _seconds(headers)
        rest = min(asked if asked is not None else self._pause, LONGEST)
        self._pause = min(self._pause * 2, LONGEST)
        self._next = max(self._next, self._clock() + rest)
        return rest


def _seconds(headers: Mapping[str, str]) -> float | None:
    """``retry-after-ms`` or ``retry-after`` (RFC 9110, 10.2.3) in seconds; None where neither is a number."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None
