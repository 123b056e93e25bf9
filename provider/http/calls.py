"""The call of a backend that the transport sends for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        arguments: what the caller gave.
        ends_at: the time, of the monotonic clock, at which it must have ended; None for no limit.
        streamed: whether its answer may be a stream.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    ends_at: float | None = None
    streamed: bool = True

    def check_time(self) -> None:
        """Check that its time is not over.

        Raises:
            TimeoutError: it is.
        """
        if self.ends_at is not None and monotonic() >= self.ends_at:
            raise TimeoutError("the call took longer than its total_timeout")


_CURRENT: ContextVar[Call] = ContextVar("the call that is sent", default=Call())  # noqa: B039 - it is frozen


def current_call() -> Call:
    """The call that is sent in this context; an empty one where there is none."""
    return _CURRENT.get()


@contextmanager
def sending(call: Call) -> Iterator[None]:
    """Send the requests inside for ``call``."""
    token = _CURRENT.set(call)
    try:
        yield
    finally:
        _CURRENT.reset(token)
