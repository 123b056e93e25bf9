"""Limits what a server may do without an event: how long a call waits, and how much it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from provider.errors import ErrorKind, LLMProviderError
from provider.http.calls import Call

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 64 * 1024 * 1024
"""Bytes, decompressed, that a whole answer or one event may have, where the caller sets no other limit."""


class Progress:
    """The time and the bytes since the last event of an exchange.

    The timeout of a socket begins anew with every byte, so that comments, single bytes and interim answers
    keep it from running out for ever. The head of an answer is an event, and a whole answer is one. In a
    stream each piece is one, until a reader begins to tell of events, as ``progress_of`` lets it. The time
    that the caller takes for an event is not counted.

    Args:
        seconds: the limit for the time; None for none.
        max_bytes: the limit for the bytes.
        call: the call of the exchange, whose own time may be limited.

    Attributes:
        call: as given.
        counts_pieces: whether each piece of the body is taken for an event.
    """

    def __init__(self, seconds: float | None, max_bytes: int, call: Call) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self.call = call
        self._waited = 0.0
        self._received = 0
        self._began: float | None = None
        self.counts_pieces = False

    def event(self) -> None:
        """Begin anew: an event has arrived."""
        self._waited = 0.0
        self._received = 0

    def begin_wait(self) -> None:
        """Begin to count the time."""
        self._began = monotonic()

    def end_wait(self) -> None:
        """Count no time until the next wait."""
        if self._began is not None:
            self._waited += monotonic() - self._began
        self._began = None

    @contextmanager
    def reading(self, timeout: float | None) -> Iterator[float | None]:
        """Wrap a read of a socket; yields the seconds that it may take, at most ``timeout``.

        Raises:
            TimeoutError: no time is left.
        """
        try:
            yield self.left(timeout)
        except Exception:
            self.call.check_time()  # it says more than the error of the socket
            raise

    def left(self, timeout: float | None) -> float | None:
        """The seconds that the next step may take, at most ``timeout``; None for no limit.

        Raises:
            TimeoutError: no time is left.
        """
        self.call.check_time()
        now = monotonic()
        limits = [timeout]
        if self.call.ends_at is not None:
            limits.append(self.call.ends_at - now)
        if self._seconds is not None and self._began is not None:
            rest = self._seconds - self._waited - (now - self._began)
            if rest <= 0:
                raise TimeoutError(
                    f"no event arrived in {self._seconds:g} s, only what keeps the connection open"
                )
            limits.append(rest)
        return min((limit for limit in limits if limit is not None), default=None)

    def receive(self, piece: bytes) -> None:
        """Count the bytes of a body.

        Raises:
            LLMProviderError: ``malformed_response``, when they are too many for one event.
        """
        if self.counts_pieces:
            self.event()
        self._received += len(piece)
        if self._received > self._max_bytes:
            raise LLMProviderError(
                f"the server sent more than {self._max_bytes} bytes in one answer or event: "
                "where that is right, set max_bytes to more",
                kind=ErrorKind.MALFORMED_RESPONSE,
            )


def progress_of(response: httpx.Response) -> Progress | None:
    """What limits the rest of an answer, to be told of each event from now on.

    None where another client than a backend's own received it.
    """
    progress: Progress | None = response.extensions.get("progress")
    if progress is not None:
        progress.counts_pieces = False
    return progress
