"""The one-place changes of a file: comparisons, conditions, returns, constants, dropped statements.

Left out is what no scenario could tell: annotations, docstrings, prose (a text with a space in it, an
f-string), what is logged, and what only a type checker reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

_SWAPPED: dict[type[ast.AST], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
_NEGATED_BY_SWAPPING = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_DROPPED = (ast.Expr, ast.AugAssign, ast.Delete, ast.Raise, ast.Continue, ast.Break)
_FOR_TYPE_CHECKERS = ("TYPE_CHECKING", "Literal", "TypeVar", "cast", "__all__")
_FOR_READERS = ("log", "logger", "warnings")


@dataclass(frozen=True)
class Change:
    """A file with one change.

    Attributes:
        path: the file, relative to the project, with slashes.
        line: where the changed code begins, from 1.
        within: the functions and classes around it, ``Class.method``; empty at the top of the module.
        before: the changed lines as one, without indentation.
        after: what they are now.
        source: the whole file, changed.
        lines: the lines of the statement, or of the head of a compound one.
        is_in_function: whether it runs when a function is called, and not at the import.
    """

    path: str
    line: int
    within: str
    before: str
    after: str
    source: bytes
    lines: range
    is_in_function: bool

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.path}:{self.line}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names it, also after lines above it have moved."""
        return self.path, self.within, self.before, self.after


def changes(path: str, source: bytes) -> list[Change]:
    """Every change that can be made in ``source``, in its order."""
    return list({each.key: each for each in _Finder(path, source).found()}.values())


class _Finder:
    def __init__(self, path: str, source: bytes) -> None:
        self._path, self._source = path, source
        self._starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]

    def found(self) -> Iterator[Change]:
        for statement in ast.parse(self._source).body:
            yield from self._statement(statement, (), is_in_function=False)

    def _statement(
        self, statement: ast.stmt, within: tuple[str, ...], *, is_in_function: bool
    ) -> Iterator[Change]:
        if _is_of_no_effect(statement):
            return
        blocks = list(_blocks(statement))
        last = min((each[0].lineno - 1 for each in blocks), default=statement.end_lineno or 0)
        where = range(statement.lineno, max(last, statement.lineno) + 1)
        for start, end, text in self._replacements(statement):
            before, after, source = self._changed(start, end, text)
            line = self._source.count(b"\n", 0, start) + 1
            yield Change(self._path, line, ".".join(within), before, after, source, where, is_in_function)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = (*within, statement.name)
            is_in_function = is_in_function or not isinstance(statement, ast.ClassDef)
        for block in blocks:
            for each in block:
                yield from self._statement(each, within, is_in_function=is_in_function)

    def _replacements(self, statement: ast.stmt) -> Iterator[tuple[int, int, bytes]]:
        """The start, the end and the new text of each change in a statement without its blocks."""
        if _is_dropped(statement):
            yield *self._span(statement), b"pass"
        if isinstance(statement, ast.Return) and not isinstance(statement.value, ast.Constant):
            yield *self._span(statement), b"pass" if statement.value is None else b"return None"
        for node in _expressions(statement):
            yield from self._replacements_of(node)

    def _replacements_of(self, node: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                operands = [left, *comparators]
                for operator, before, after in zip(ops, operands, comparators, strict=False):
                    yield self._swap(operator, before, after)
            case ast.BoolOp(op=operator, values=values):
                for before, after in pairwise(values):
                    yield self._swap(operator, before, after)
            case ast.UnaryOp(op=ast.Not(), operand=operand) as whole:
                yield *self._span(whole), self._text(operand)
            case ast.Constant(value=value) as whole if (other := _another(value)) is not None:
                yield *self._span(whole), other
            case ast.IfExp(test=test):
                yield from self._negation(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from self._negation(test)
            case ast.If(test=test) | ast.While(test=test) | ast.match_case(guard=test) if test is not None:
                yield from self._negation(test)

    def _negation(self, test: ast.expr) -> Iterator[tuple[int, int, bytes]]:
        match test:
            case ast.UnaryOp(op=ast.Not()) | ast.Constant():
                return  # the change of the expression is the same
            case ast.Compare(ops=[operator]) if isinstance(operator, _NEGATED_BY_SWAPPING):
                return
        yield *self._span(test), b"not (" + self._text(test) + b")"

    def _swap(self, operator: ast.AST, before: ast.expr, after: ast.expr) -> tuple[int, int, bytes]:
        start, end = self._span(before)[1], self._span(after)[0]
        was, is_now = _SWAPPED[type(operator)]
        return start, end, self._source[start:end].replace(was.encode(), is_now.encode(), 1)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> bytes:
        start, end = self._span(node)
        return self._source[start:end]

    def _changed(self, start: int, end: int, text: bytes) -> tuple[str, str, bytes]:
        """The changed lines before and after, and the whole source."""
        first = self._source.rfind(b"\n", 0, start) + 1
        last = end + len(self._source[end:].partition(b"\n")[0])
        head, tail = self._source[first:start], self._source[end:last]
        before, after = self._source[first:last], head + text + tail
        return _flat(before), _flat(after), self._source[:start] + text + self._source[end:]


def _flat(text: bytes) -> str:
    return " ".join(text.decode("utf-8").split())


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        if isinstance(block := getattr(node, name, None), list) and block:
            yield block
    for each in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
        yield from _blocks(each)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and what is in it, without its blocks, annotations and f-strings."""
    yield statement
    for name, value in ast.iter_fields(statement):
        if name in ("body", "orelse", "finalbody", "annotation", "returns", "type_comment"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _inner(each)


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.JoinedStr() | ast.pattern():
            return
        case ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Name(id=name)) if (
            name in _FOR_TYPE_CHECKERS
        ):
            return
        case ast.ExceptHandler(type=kind):
            if kind is not None:
                yield from _inner(kind)
            return
        case ast.arg():
            return
    yield node
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, ast.match_case):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _inner(each)


def _is_of_no_effect(statement: ast.stmt) -> bool:
    """Whether no scenario could tell that it has changed."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name in _FOR_TYPE_CHECKERS
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name.strip("_").lower() in _FOR_READERS
    return False


def _is_dropped(statement: ast.stmt) -> bool:
    """Whether dropping it is a change; without a name that is read later, nothing would run at all."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return statement.value is not None and isinstance(target, ast.Attribute | ast.Subscript)
    return isinstance(statement, _DROPPED)


def _another(value: object) -> bytes | None:
    """Another constant of the same kind, as source; None where there is nothing to change."""
    match value:
        case bool():
            return repr(not value).encode()
        case int() | float():
            return repr(value + 1).encode()
        case str() if not any(each.isspace() for each in value.strip("\r\n")):
            return ascii(value + "x").encode()
        case bytes():
            return repr(value + b"x").encode()
    return None
