"""What lives as long as the run is left out of the collection of garbage, and all else is collected as ever.

Unit tests: no scenario can ask when garbage is collected.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from conformance.runner.long_lived import LongLived


class _Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The collector as it is, and nothing left out of it at the beginning; all of this run at the end."""
    before = gc.get_threshold()
    gc.unfreeze()
    yield
    assert gc.get_threshold() == before
    gc.freeze()
    gc.enable()


def test_nothing_is_collected_while_a_class_is_first_loaded_and_then_it_is_left_out() -> None:
    with LongLived().loading("package:Class"):
        assert gc.get_threshold()[0] == 0
    assert gc.get_freeze_count() > 0


def test_only_its_first_instance_is_left_out() -> None:
    long_lived = LongLived()
    with long_lived.loading("package:Class"):
        pass
    gc.unfreeze()
    with long_lived.loading("package:Class"):
        assert gc.get_threshold()[0] > 0
    assert gc.get_freeze_count() == 0


def test_a_backend_that_fails_or_turns_the_collector_off_as_it_loads_is_no_other_than_before() -> None:
    with suppress(ValueError), LongLived().loading("package:Class"):
        gc.disable()
        raise ValueError("no")
    assert not gc.isenabled()


def test_what_was_left_open_meanwhile_is_found_at_the_end() -> None:
    long_lived = LongLived()
    with long_lived.loading("package:Class"):
        left = weakref.ref(_Cycle())
    gc.collect()
    assert left() is not None
    long_lived.pytest_unconfigure()
    gc.collect()
    assert left() is None


def test_what_a_run_around_this_one_has_left_out_stays_so() -> None:
    """Else every run inside a test would have the collector look through all tests, a second each time."""
    with LongLived().loading("package:Class"):
        outer = weakref.ref(_Cycle())
    inner = LongLived()
    inner.pytest_unconfigure()
    gc.collect()
    assert outer() is not None
