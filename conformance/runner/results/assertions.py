"""The source of a scenario, and both sides of the comparison that failed, for the results file."""

from __future__ import annotations

import ast
import inspect
import json
import pprint
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion


@dataclass(frozen=True)
class Comparison:
    """A comparison that failed an assertion."""

    op: str
    left: object
    right: object


COMPARISON = pytest.StashKey[Comparison]()
"""In the stash of a run: the last comparison that failed an assertion."""

MAX_COMPARED = 20_000
"""Characters of one side of a comparison; a longer one is cut."""

MAX_PARAMETER = 1_000
"""Characters of a parameter; a longer one is cut."""


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Keep both sides of a comparison that failed."""
    config.stash[COMPARISON] = Comparison(op, left, right)


def failed_comparison(config: pytest.Config, call: pytest.CallInfo[None]) -> Comparison | None:
    """The comparison that failed this phase of a test; None where it passed, or failed for another reason.

    Call it for every phase: it also forgets the comparison of an assertion that the test caught.
    """
    if COMPARISON not in config.stash:
        return None
    found = config.stash[COMPARISON]
    del config.stash[COMPARISON]
    return found if call.excinfo is not None and call.excinfo.errisinstance(AssertionError) else None


def assertions_of(item: pytest.Function) -> dict[str, Any]:
    """The scenario's own statements, and its parameters without the target.

    Laws note which values they expect; the scenario's own assertions are only in its source.
    """
    callspec: Any = getattr(item, "callspec", None)
    given = callspec.params if callspec is not None else {}
    return {
        "code": _source_of(item.function),
        "given": {name: formatted(each) for name, each in given.items() if name != "target"},
    }


def shown(compared: Comparison) -> dict[str, str]:
    """Both sides of a failed comparison, as text."""
    left, right = compared.left, compared.right
    if isinstance(right, SnapshotAssertion):
        left, right = _stored(left, right)
    # Two texts are shown without quotes; otherwise quotes tell a text from other types.
    is_text = isinstance(left, str) and isinstance(right, str)
    got, expected = (str(each) if is_text else formatted(each) for each in (left, right))
    return {"got": got, "op": compared.op, "expected": expected}


def decoded(compared: Comparison) -> tuple[list[Any], list[Any]] | None:
    """The decoded answers of a scenario and those that are stored; None where no snapshot was compared."""
    if not isinstance(compared.right, SnapshotAssertion):
        return None
    now, before = _stored(compared.left, compared.right)
    try:
        return json.loads(str(now)), json.loads(str(before))
    except ValueError:
        return None


def _stored(answers: object, snapshot: SnapshotAssertion) -> tuple[object, object]:
    """The answers that were compared with the snapshot, and those that are stored."""
    was = snapshot.executions[max(snapshot.executions)]
    return was.asserted_data or answers, was.recalled_data or "nothing is stored"


@cache
def _source_of(test: Callable[..., object]) -> str:
    """The statements of a function after its docstring, which is shown as the law."""
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


def formatted(value: object) -> str:
    """The repr of a value, over several lines; an object of a backend may have a repr that raises."""
    if inspect.isroutine(value):
        return str(value.__qualname__)
    try:
        return pprint.pformat(value, width=100, sort_dicts=False)
    except Exception as error:  # noqa: BLE001
        return f"a {type(value).__name__} whose repr raises {type(error).__name__}"


def cut(text: str, most: int) -> str:
    """``text``, cut after ``most`` characters with a note that says so."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text)} characters)"
