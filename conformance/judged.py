"""What a scenario judged: every response that a law looked at, and what it should have been.

A law knows both; whoever reports a run asks here. Nothing is kept where nobody does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from provider.errors import LLMProviderError
from provider.response import LLMResponse


@dataclass
class Judged:
    """A response that a law looked at.

    Attributes:
        response: the response, or what the error that was raised says.
        time: when a law first looked at it, in monotonic seconds.
        expected: what the fields that a law demands should be.
        raised: whether it was raised, not returned.
    """

    response: LLMResponse
    time: float = field(default_factory=time.monotonic)
    expected: dict[str, Any] = field(default_factory=dict)
    raised: bool = False


_KEPT: list[list[Judged]] = []


@contextmanager
def kept(place: list[Judged]) -> Iterator[None]:
    """Keep in ``place`` what is judged in this block, on whatever thread."""
    _KEPT.append(place)
    try:
        yield
    finally:
        _KEPT.pop()


def see(response: LLMResponse, **expected: Any) -> None:
    """Take down a response, and what a law demands of its fields; the same one is one entry."""
    if not _KEPT:
        return
    for judged in reversed(_KEPT[-1]):
        if judged.response is response:
            judged.expected.update(expected)
            return
    _KEPT[-1].append(Judged(response, expected=expected))


def see_raised(error: LLMProviderError, **expected: Any) -> None:
    """Take down an error that a backend raised."""
    if _KEPT:
        _KEPT[-1].append(Judged(LLMResponse().failed(error), expected=expected, raised=True))
