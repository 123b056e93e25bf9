"""Why a scenario failed, in words that are the same for all scenarios that failed for the same reason."""

from __future__ import annotations

import json
import re
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest

import conformance
from conformance.runner.results.assertions import Comparison, decoded, formatted
from conformance.runner.results.fields import CALLS, Field, failed_field
from conformance.spec.contract import absent_in
from conformance.spec.expectations import CheckedResponse
from conformance.spec.laws import ErrorInsteadError, NotRaisedError
from provider.errors import ErrorKind, LLMProviderError

JUDGED = pytest.StashKey[list[CheckedResponse]]()
"""In the stash of a scenario: the responses that laws have checked."""

MISSING = pytest.StashKey[set[str]]()
"""In the stash of a scenario: the extensions of the contract that it could not judge."""

_PYTHON = Path(sysconfig.get_path("stdlib"))
_SUITE = Path(conformance.__file__).parent

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
    error: BaseException,
    judged: Sequence[CheckedResponse],
    compared: Comparison | None,
    is_own: Callable[[Path], bool],
    *,
    crashed: bool,
) -> Cause:
    """The cause of a failure.

    Args:
        error: the exception that failed the scenario.
        judged: the responses that laws had checked until then.
        compared: the comparison that failed; None where none did.
        is_own: whether a file is the scenario or a law.
        crashed: whether the exception came out of the backend or the harness.
    """
    match error:
        case LLMProviderError(kind=ErrorKind.CONTEXT_LIMIT as kind):
            return Cause(f"raised {kind}, where an answer or another error was expected", error.message)
        case LLMProviderError():
            return Cause("an error was raised that must be returned", f"{error.kind}: {error.message}")
        case NotRaisedError():
            return Cause("no overflow was raised", formatted(error.answer))
        case ErrorInsteadError(response=response):
            return Cause(f"an error came instead of an answer: {response.error_kind}", str(response.error))
    if crashed:
        return Cause(f"{type(error).__name__}{_place_of(error)}", _named(error))
    if compared is not None and (answers := decoded(compared)) is not None:
        return _changed(*answers) or Cause(_first_line(error))
    if (field := failed_field(error, is_own)) is not None:
        return Cause(str(field), formatted(field.value), _expected(field, judged, compared))
    if not isinstance(error, AssertionError):
        return Cause(_named(error))
    if judged and (name := _wrong_field(judged[-1], compared)) is not None:
        got, expected = getattr(judged[-1].response, name, None), judged[-1].expected[name]
        return Cause(str(Field(name, got)), formatted(got), formatted(expected))
    sides = () if compared is None else (formatted(compared.left), formatted(compared.right))
    return Cause(_NUMBER.sub("…", _first_line(error)), *sides)


def _expected(field: Field, judged: Sequence[CheckedResponse], compared: Comparison | None) -> str:
    """What was expected of a field: the other side of the comparison, or what the last law expected."""
    if compared is not None and _is(compared.left, field.value):
        return formatted(compared.right)
    if compared is not None and _is(compared.right, field.value):
        return formatted(compared.left)
    if judged and (name := field.name.partition("[")[0]) in judged[-1].expected:
        return formatted(judged[-1].expected[name])
    return ""


def _is(side: object, value: object) -> bool:
    return type(side) is type(value) and formatted(side) == formatted(value)


def _changed(now: Sequence[Any], before: Sequence[Any]) -> Cause | None:
    """The first field that is decoded differently than before; None where other questions were asked."""
    for one, other in zip(now, before, strict=False):
        for name, value in one["response"].items():
            if value != (was := other["response"].get(name)):
                found, due = (Field(name, value), was) if name != CALLS else _changed_call(value, was)
                return Cause(str(found), formatted(found.value), formatted(due))
    return None


def _changed_call(calls: Any, before: Any) -> tuple[Field, object]:
    """The part of the calls that has changed, and what it was."""
    if len(calls or ()) == len(before or ()):
        for call, was in zip(calls or (), before or (), strict=True):
            for part in ("name", "arguments", "id"):
                if call.get(part) != was.get(part):
                    return Field(f"{CALLS}[].{part}", call.get(part)), was.get(part)
    return Field(CALLS, calls), before


def _wrong_field(checked: CheckedResponse, compared: Comparison | None) -> str | None:
    """The field that was compared, else the first that is not as the laws expected it; None if all are."""
    absent = absent_in(checked.response)
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


def _place_of(error: BaseException) -> str:
    """Where an exception was raised: in the backend, unless that is not to be found."""
    places = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    found = [place for place in places if not _is_library(place[0].co_filename)] or places
    if not found:
        return ""
    code, line = found[-1]
    return f" in {code.co_qualname} ({Path(code.co_filename).name}, line {line})"


def _is_library(file: str) -> bool:
    path = Path(file)
    is_installed = "site-packages" in path.parts or path.is_relative_to(_PYTHON)
    return is_installed or path.is_relative_to(_SUITE)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]
