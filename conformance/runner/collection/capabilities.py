"""Holds a target to its declared capabilities: without one, a scenario that needs it must be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance.runner.collection.scenario import SCENARIO
from conformance.spec import laws

MEASURED = pytest.StashKey[str]()
"""What a scenario found out about a capability: ``yes``, ``refused`` or ``ignored``."""

Measured = Callable[[str], object]
"""The fixture ``measured``."""


@contextmanager
def as_declared(item: pytest.Item) -> Iterator[None]:
    """Run a scenario; where it needs a capability that is declared absent, it must end in a refusal.

    Never a skip: a declaration that the measurement contradicts fails, whichever way it is wrong.
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
    pytest.fail(f"{scenario.target.label} is declared not to do {needs.args[0]}, and did not refuse it")
