"""Why a scenario failed, in words that are the same for all scenarios that failed for the same reason."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from conformance.runner.results.assertions import Comparison, formatted
from conformance.spec.expectations import CheckedResponse
from conformance.spec.laws import ErrorInsteadError
from provider.errors import LLMProviderError

JUDGED = pytest.StashKey[list[CheckedResponse]]()
"""In the stash of a scenario: the responses that laws have checked."""

MISSING = pytest.StashKey[set[str]]()
"""In the stash of a scenario: the extensions of the contract that it could not judge."""

_EMPTY: tuple[Any, ...] = (None, "", [], {}, 0, False)
_NUMBER = re.compile(r"\d+(\.\d+)?|0x[0-9a-f]+")


@dataclass(frozen=True)
class Cause:
    """Why a scenario failed.

    Attributes:
        words: the cause, by which failures are grouped.
        got: what came; empty where ``words`` say it all.
        expected: what a law expected in its place.
    """

    words: str
    got: str = ""
    expected: str = ""


def cause_of(
    error: BaseException, judged: Sequence[CheckedResponse], compared: Comparison | None, *, crashed: bool
) -> Cause:
    """The cause of a failure.

    Args:
        error: the exception that failed the scenario.
        judged: the responses that laws had checked until then.
        compared: the comparison that failed; None where none did.
        crashed: whether the exception came out of the backend or the harness.
    """
    if isinstance(error, LLMProviderError):
        return Cause(f"raised {error.kind}, where an answer or another error was expected", error.message)
    if isinstance(error, ErrorInsteadError):
        response = error.response
        return Cause(f"an error came instead of an answer: {response.error_kind}", str(response.error))
    if crashed or not isinstance(error, AssertionError):
        return Cause(f"{type(error).__name__}: {_first_line(error)}")
    if judged and (name := _wrong_field(judged[-1], compared)) is not None:
        got, expected = getattr(judged[-1].response, name, None), judged[-1].expected[name]
        words = f"`{name}` is {got!r}" if got in _EMPTY else f"`{name}` is not what it must be"
        return Cause(words, formatted(got), formatted(expected))
    sides = () if compared is None else (formatted(compared.left), formatted(compared.right))
    return Cause(_NUMBER.sub("…", _first_line(error)), *sides)


def _wrong_field(checked: CheckedResponse, compared: Comparison | None) -> str | None:
    """The field that was compared, else the first that is not as the laws expected it; None if all are."""
    absent = getattr(checked.response, "absent", ())
    fields = {name: getattr(checked.response, name, None) for name in checked.expected if name not in absent}
    wrong = [name for name, got in fields.items() if _plain(got) != _plain(checked.expected[name])]
    if compared is not None:
        sides = (compared.left, compared.right)
        wrong = [name for name in wrong if (fields[name], checked.expected[name]) == sides] or wrong
    return wrong[0] if wrong else None


def _plain(value: Any) -> Any:
    """A value; of tool calls their names and parsed arguments, for servers space JSON differently."""
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return value
    return [(call.get("name"), _parsed(call.get("arguments"))) for call in value]


def _parsed(arguments: Any) -> Any:
    try:
        return json.loads(arguments)
    except (TypeError, ValueError):
        return arguments


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]
