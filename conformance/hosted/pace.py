"""How fast a server is asked: never faster than declared, and not at all while it wants to be left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

TURNED_AWAY = (429, 503, 529)
"""The statuses by which a server says that it wants to be asked later; 529 is Anthropic's overload."""

BEGIN = 5.0
"""Seconds to wait for a server that did not say how long; twice as long each time again."""

LONGEST = 300.0
"""Seconds that are waited at most; who says more is asked again by the next run."""


class Pace:
    """The pace of one server. One question is asked at a time.

    Args:
        requests_per_minute: how often it is asked at most.
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
        self._patience = BEGIN

    def wait(self) -> None:
        """Wait until the next question may be asked."""
        if (rest := self._next - self._clock()) > 0:
            self._sleep(rest)
        self._next = self._clock() + self._between

    def answered(self, status: int, headers: Mapping[str, str]) -> float:
        """Take notice of an answer; gives the seconds that the server wants to be left alone, 0 for none."""
        if status not in TURNED_AWAY:
            self._patience = BEGIN
            return 0.0
        asked = _seconds(headers)
        rest = min(asked if asked is not None else self._patience, LONGEST)
        self._patience = min(self._patience * 2, LONGEST)
        self._next = max(self._next, self._clock() + rest)
        return rest


def _seconds(headers: Mapping[str, str]) -> float | None:
    """What ``retry-after-ms`` or ``retry-after`` (RFC 9110, 10.2.3) says in seconds, None for a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None
