"""What a scenario demands, as it is written; and what did not hold, by both its sides."""

from __future__ import annotations

import ast
import inspect
import pprint
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

COMPARED = pytest.StashKey[dict[str, str]]()
"""In the stash of a run: the comparison that an assertion has told last."""

MOST_COMPARED = 20_000
"""Characters of one side of a comparison; the rest is cut, and said to be."""

MOST_GIVEN = 1_000
"""Characters of a parameter."""


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Keep both sides of a comparison that does not hold, for whoever reports the run."""
    if config.getoption("results"):
        config.stash[COMPARED] = compared(op, left, right)


def failed_by(config: pytest.Config, call: pytest.CallInfo[None]) -> dict[str, str] | None:
    """The comparison by which this phase of a test has failed; None where it passed, or by something else.

    Asked of every phase: what an assertion told that somebody caught is no failure of the next test.
    """
    if COMPARED not in config.stash:
        return None
    found = config.stash[COMPARED]
    del config.stash[COMPARED]
    return found if call.excinfo is not None and call.excinfo.errisinstance(AssertionError) else None


def demanded(item: pytest.Function) -> dict[str, Any]:
    """The scenario's own statements, and its parameters but the target.

    A law notes which fields it demands; what a scenario asserts by itself stands only here.
    """
    callspec: Any = getattr(item, "callspec", None)
    given = callspec.params if callspec is not None else {}
    return {
        "code": _written(item.function),
        "given": {name: _told(each) for name, each in given.items() if name != "target"},
    }


def compared(op: str, left: object, right: object) -> dict[str, str]:
    """Both sides of a comparison that does not hold, as text."""
    if isinstance(right, SnapshotAssertion):
        left, right = _decoded(left, right)
    # Two texts differ in their letters; anything else is told apart from a text by its quotes.
    is_text = isinstance(left, str) and isinstance(right, str)
    got, expected = (str(each) if is_text else _told(each) for each in (left, right))
    return {"got": got, "op": op, "expected": expected}


def _decoded(answers: object, snapshot: SnapshotAssertion) -> tuple[object, object]:
    """What was to be stored, and what is stored."""
    was = snapshot.executions[max(snapshot.executions)]
    return was.asserted_data or answers, was.recalled_data or "nothing is stored"


@cache
def _written(test: Callable[..., object]) -> str:
    """The statements of a function behind its docstring; its law is told elsewhere."""
    try:
        source = textwrap.dedent(inspect.getsource(test))
    except OSError:
        return ""
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    body = function.body if ast.get_docstring(function) is None else function.body[1:]
    if not body:
        return ""
    return textwrap.dedent("\n".join(source.splitlines()[body[0].lineno - 1 :]))


def _told(value: object) -> str:
    """A value as Python writes it; whatever a backend hands back may have a repr that fails."""
    if inspect.isroutine(value):
        return str(value.__qualname__)
    try:
        return pprint.pformat(value, width=100, sort_dicts=False)
    except Exception as error:  # noqa: BLE001
        return f"a {type(value).__name__} whose repr raises {type(error).__name__}"


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, which says where it ends early."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text)} characters)"
