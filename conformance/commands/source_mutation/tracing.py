"""Which scenarios run which lines of a package."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

from conformance.commands.source_mutation.importing import Package

Lines = dict[tuple[str, int], int]
"""For each file and line, the scenarios that run it: bit n for the scenario n."""


@contextmanager
def traced(package: Package, number: int, lines: Lines) -> Iterator[None]:
    """Add to ``lines`` those that run meanwhile, in all threads that start meanwhile."""
    path_of = cache(package.path_of)
    seen: set[tuple[str, int]] = set()

    def called(frame: FrameType, _: str, __: Any) -> Any:
        path = path_of(frame.f_code.co_filename)
        if path is None:
            return None

        def ran(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                seen.add((path, frame.f_lineno))
            return ran

        return ran

    sys.settrace(called)
    threading.settrace(called)
    try:
        yield
    finally:
        sys.settrace(None)
        threading.settrace(None)
    for place in seen:
        lines[place] = lines.get(place, 0) | 1 << number
