"""Sees from inside of all other plugins which phases of a scenario ended as they should.

A pass is written only where all three did: another plugin can leave a phase out, swallow what it raised, or
change what is reported of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any

import pytest

from conformance.runner.collection.completeness import is_ours
from conformance.runner.collection.scenario import ENDED, SCENARIO

WHOLE = ["setup", "call", "teardown"]
"""What was seen of a scenario that was asked once, from its beginning to its end."""


class Witness:
    """Notes the phases of each scenario."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note that the fixtures are set up."""
        item.stash.setdefault(ENDED, [])
        result = yield
        item.stash[ENDED].append("setup")
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note when the function of the scenario has returned."""
        if SCENARIO in item.stash and isinstance(item, pytest.Function):
            item.obj = _noting(item, item.obj)
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note that the fixtures are taken down."""
        result = yield
        item.stash[ENDED].append("teardown")
        return result


def _noting(item: pytest.Function, test: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(test)
    def noting(*args: Any, **kwargs: Any) -> Any:
        result = test(*args, **kwargs)
        if not is_ours(item) or test.__code__.co_filename == str(item.path):
            item.stash[ENDED].append("call")
        return result

    return noting
