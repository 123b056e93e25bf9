"""Which field of a response a failed statement has read.

A scenario asserts on many fields in its own words: ``assert answer.finish_reason == "length"``. The statement
itself says what it judges, so its source is read, in the frame in which it failed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any

from conformance.spec.contract import FIELDS
from provider.base import BaseLLM
from provider.errors import LLMProviderError
from provider.response import LLMResponse

CALLS = "tool_calls"

_OF_RESPONSES = frozenset({"content", "error", *FIELDS})
_OF_ERRORS = {"kind": "error_kind", "code": "error_code", "message": "error"}
"""The fields of a raised error, by what a response calls them."""

_PARTS = ("id", "name", "arguments")

_UNKNOWN = object()


@dataclass(frozen=True)
class Field:
    """A field of a response, and what it holds.

    Attributes:
        name: its name; that of a part of a call is ``tool_calls[].arguments``.
        value: its value.
    """

    name: str
    value: object

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self.value is None or (type(self.value) in (str, list, dict, int, bool) and not self.value)

    def __str__(self) -> str:
        if self.name in _TEXTS and not isinstance(self.value, str | None):
            return f"`{self.name}` is not a text"
        if self.is_empty:
            return f"`{self.name}` is {self.value!r}"
        return f"`{self.name}` is not what it must be"


_TEXTS = ("content", "reasoning", *(f"{CALLS}[].{part}" for part in _PARTS))


def failed_field(error: BaseException, is_own: Callable[[Path], bool]) -> Field | None:
    """The field that the statement that raised ``error`` has read; of several an empty one, else the first.

    Args:
        error: the exception.
        is_own: whether a file is the scenario or a law. Where a law's statement reads no field, that of its
            caller does.
    """
    frames = [each for each in walk_tb(error.__traceback__) if is_own(Path(each[0].f_code.co_filename))]
    for frame, line in reversed(frames):
        found = list(_read(frame, line))
        if found:
            return next((field for field in found if field.is_empty), found[0])
    return None


def _read(frame: FrameType, line: int) -> Iterator[Field]:
    for node in _expressions(frame.f_code.co_filename, line):
        match node:
            case ast.Attribute(base, name):
                yield from _field(_value(base, frame), name)
            case ast.Call(ast.Name("getattr"), [base, name, *_]):
                yield from _field(_value(base, frame), _value(name, frame))
            case ast.Subscript(base, ast.Constant(str(part))) if part in _PARTS:
                call = _value(base, frame)
                if isinstance(call, dict) and part in call and {"name", "arguments"} <= call.keys():
                    yield Field(f"{CALLS}[].{part}", call[part])


def _field(holder: object, name: object) -> Iterator[Field]:
    if isinstance(holder, LLMProviderError):
        name = _OF_ERRORS.get(str(name), name)
        holder = LLMResponse().failed(holder)
    if isinstance(holder, LLMResponse | BaseLLM) and name in _OF_RESPONSES:
        value = getattr(holder, str(name), _UNKNOWN)
        if value is not _UNKNOWN and not callable(value):
            yield Field(str(name), value)


def _value(node: ast.expr, frame: FrameType) -> Any:
    """The value of a name, or of what stands in it; nothing is called."""
    try:
        match node:
            case ast.Name(name):
                return frame.f_locals.get(name, frame.f_globals.get(name, _UNKNOWN))
            case ast.Constant(value):
                return value
            case ast.Attribute(base, name):
                return getattr(_value(base, frame), name)
            case ast.Subscript(base, ast.Constant(key)):
                return _value(base, frame)[key]
    except Exception:  # noqa: BLE001  # an object of a backend may raise anything
        return _UNKNOWN
    return _UNKNOWN


def _expressions(file: str, line: int) -> list[ast.expr]:
    """The expressions of the statement at a line, in their order; of an assertion only what it asserts."""
    around = [each for each in _statements(file) if each.lineno <= line <= (each.end_lineno or each.lineno)]
    if not around:
        return []
    statement = max(around, key=lambda each: each.lineno)
    match statement:
        case ast.Assert(test):
            heads: list[ast.AST] = [test]
        case ast.For(_, iterated):
            heads = [iterated]
        case ast.If(test) | ast.While(test):
            heads = [test]
        case ast.With(items):
            heads = [*items]
        case ast.FunctionDef() | ast.ClassDef() | ast.Try():
            heads = []
        case _:
            heads = [statement]
    found = [each for head in heads for each in ast.walk(head) if isinstance(each, ast.expr)]
    return sorted(found, key=lambda each: (each.lineno, each.col_offset))


@cache
def _statements(file: str) -> list[ast.stmt]:
    try:
        tree = ast.parse(Path(file).read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return []
    return [each for each in ast.walk(tree) if isinstance(each, ast.stmt)]
