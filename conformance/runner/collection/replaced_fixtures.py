"""Finds fixtures of the suite that are replaced by others: the result would not be the suite's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

FIXTURES = ("build", "dialect", "interview", "llm", "material", "measured", "serve", "snapshot", "stage")
"""The fixtures that nobody may replace in the suite's own scenarios."""

_OURS = ("conformance", "syrupy")

_SET_UP = pytest.StashKey[dict[str, Callable[..., Any]]]()
"""In the stash of a test: the function of each of these fixtures, the last one where it was set up twice."""


def note_setup(fixture: pytest.FixtureDef[Any], node: Any) -> None:
    """Note that a fixture is set up for the test ``node``; a fixture of a wider scope has another node."""
    if fixture.argname in FIXTURES and isinstance(node, pytest.Function):
        node.stash.setdefault(_SET_UP, {})[fixture.argname] = fixture.func


def replaced_fixture(item: pytest.Function) -> str | None:
    """The message about a replaced fixture of ``item``, once all are set up; None where there is none."""
    found = item.stash.get(_SET_UP, {})
    for name in FIXTURES:
        if name not in item.fixturenames and name not in found:
            continue
        function = found.get(name)
        if function is None or function.__module__.partition(".")[0] not in _OURS:
            by = "one of a wider scope" if function is None else _place(function)
            return (
                f"the fixture {name!r} of the conformance suite is replaced by {by}: "
                "rename it, or move it where only your own tests see it"
            )
    return None


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
