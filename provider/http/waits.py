"""Limits the wait for the next event of a stream, which bytes without an event do not end."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any


class EventWait:
    """Counts the time in which a stream is read and no event arrives.

    The timeout of a socket begins anew with every byte, so comments keep it from running out for ever.
    The time that the caller takes for an event is not counted.

    Args:
        limit: seconds, or an ``httpx.Timeout``; None for no limit.
    """

    def __init__(self, limit: Any) -> None:
        self._limit: float | None = getattr(limit, "read", limit)
        self._waited = 0.0

    def reading(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces of a body.

        Raises:
            TimeoutError: the pieces of the last ``limit`` seconds have completed no event.
        """
        while True:
            began = monotonic()
            piece = next(pieces, None)
            self._waited += monotonic() - began
            if piece is None:
                return
            yield piece
            if self._limit is not None and self._waited >= self._limit:
                raise TimeoutError(f"no event arrived in {self._limit:g} s, only what keeps the stream open")

    def end(self) -> None:
        """Begin anew: an event has arrived."""
        self._waited = 0.0
