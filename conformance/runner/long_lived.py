"""Keeps the collector of garbage from what lives as long as the run: the tests, and the SDKs once imported.

It would look through all of it time and again: with litellm, whose import makes 380,000 objects, that was a
tenth of what a run of one target costs. What a scenario leaves behind is collected as ever.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class LongLived:
    """Leaves out of later collections what the collection of tests and the first load of a class make."""

    def __init__(self) -> None:
        self._loaded: set[str] = set()
        self._is_first = gc.get_freeze_count() == 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Leave out the tests."""
        with _made():
            return (yield)

    @contextmanager
    def loading(self, factory: str) -> Iterator[None]:
        """Leave out what the first instance of ``package:Class`` imports when it is loaded."""
        if factory in self._loaded:
            yield
            return
        self._loaded.add(factory)
        with _made():
            yield

    def pytest_unconfigure(self) -> None:
        """Let pytest, which now looks for what was left open, find it in everything that the run has made.

        What was left out before the run began stays so: that of a run around this one, or of who forks.
        """
        if self._is_first:
            gc.unfreeze()


@contextmanager
def _made() -> Iterator[None]:
    # Not gc.disable(): a backend that calls it must be found.
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.freeze()


LONG_LIVED = pytest.StashKey[LongLived]()
