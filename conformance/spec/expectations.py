"""Collects every response that a law judged, and what it expected of it, for the results file.

Laws call :func:`record_expected`; it does nothing outside :func:`collecting_responses`.
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
class CheckedResponse:
    """A response that a law judged.

    Attributes:
        response: the response, or the error that was raised as a response.
        time: when it was first judged, in monotonic seconds.
        expected: the fields that laws check, with the values that they expect.
        raised: whether it was an error that was raised.
    """

    response: LLMResponse
    time: float = field(default_factory=time.monotonic)
    expected: dict[str, Any] = field(default_factory=dict)
    raised: bool = False


_COLLECTIONS: list[list[CheckedResponse]] = []


@contextmanager
def collecting_responses(place: list[CheckedResponse]) -> Iterator[None]:
    """Append to ``place`` what is judged in this block, on any thread."""
    _COLLECTIONS.append(place)
    try:
        yield
    finally:
        _COLLECTIONS.pop()


def record_expected(response: LLMResponse, **expected: Any) -> None:
    """Note a response and the field values that a law expects; one entry however often it is noted."""
    if not _COLLECTIONS:
        return
    for judged in reversed(_COLLECTIONS[-1]):
        if judged.response is response:
            judged.expected.update(expected)
            return
    _COLLECTIONS[-1].append(CheckedResponse(response, expected=expected))


def record_raised(error: LLMProviderError, **expected: Any) -> None:
    """Note an error that a backend raised."""
    if _COLLECTIONS:
        _COLLECTIONS[-1].append(CheckedResponse(LLMResponse().failed(error), expected=expected, raised=True))
