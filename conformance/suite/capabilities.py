"""What a target is declared not to be able to do: scenarios that need it must meet the documented error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from conformance import laws
from conformance.suite.scenario import SCENARIO

MEASURED = pytest.StashKey[str]()
"""What a scenario found of a capability: ``yes``, ``refused`` or ``ignored``."""

Measured = Callable[[str], object]
"""The fixture ``measured``."""


@contextmanager
def as_declared(item: pytest.Item) -> Iterator[None]:
    """Run a scenario; one that needs what its target is declared not to do must end in the documented error.

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
