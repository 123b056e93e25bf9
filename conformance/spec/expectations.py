"""Collects the responses that laws check, with the field values that they expect, for the results file.

Laws call :func:`record_expected`; outside :func:`collecting_responses` it does nothing.
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
    """A response that a law has checked.

    Attributes:
        response: the response, or the error that was raised as a response.
        time: when it was first checked, in monotonic seconds.
        expected: the values that laws expect, by field.
        raised: whether the backend raised an error instead of returning this response.
    """

    response: LLMResponse
    time: float = field(default_factory=time.monotonic)
    expected: dict[str, Any] = field(default_factory=dict)
    raised: bool = False


_COLLECTIONS: list[list[CheckedResponse]] = []


@contextmanager
def collecting_responses(checked: list[CheckedResponse]) -> Iterator[None]:
    """Append to ``checked`` every response that is checked in this block, on any thread."""
    _COLLECTIONS.append(checked)
    try:
        yield
    finally:
        _COLLECTIONS.pop()


def record_expected(response: LLMResponse, **expected: Any) -> None:
    """Record the field values that a law expects of a response; each response has one entry."""
    if not _COLLECTIONS:
        return
    for checked in reversed(_COLLECTIONS[-1]):
        if checked.response is response:
            checked.expected.update(expected)
            return
    _COLLECTIONS[-1].append(CheckedResponse(response, expected=expected))


def record_raised(error: LLMProviderError, **expected: Any) -> None:
    """Record an error that a backend raised, with the field values that a law expects of it."""
    if _COLLECTIONS:
        _COLLECTIONS[-1].append(CheckedResponse(LLMResponse().failed(error), expected=expected, raised=True))
