"""Checks a target's declared capabilities: what it is declared not to support, it must refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance.runner.collection.scenario import SCENARIO
from conformance.spec import laws

MEASURED = pytest.StashKey[str]()
"""In the stash of a test: what it found of a capability: ``yes``, ``refused`` or ``ignored``."""

Measured = Callable[[str], object]
"""The fixture ``measured``: notes ``yes``, ``refused`` or ``ignored``."""


@contextmanager
def as_declared(item: pytest.Item) -> Iterator[None]:
    """Run a scenario; if the capability that it needs is declared absent, the backend must refuse.

    Such a scenario is never skipped, so that a wrong declaration fails in both directions.
    """
    needs, scenario = item.get_closest_marker("needs"), item.stash.get(SCENARIO, None)
    if needs is None or scenario is None or scenario.target.capabilities.get(needs.args[0]) is not False:
        yield
        return
    try:
        yield
    except laws.ErrorInsteadError as error:
        laws.refused(error.response)
        item.stash[MEASURED] = "refused"
        return
    pytest.fail(f"{scenario.target.label} is declared not to support {needs.args[0]}, but did not refuse it")
