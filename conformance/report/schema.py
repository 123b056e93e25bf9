"""The published JSON Schema of a line of a results file, as a check that is quick enough for 100,000 lines.

jsonschema takes a millisecond for a line with its transcript. So a right line is known by functions made from
the schema, in a fifth of that time; jsonschema decides about every other line, and names what is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any

Check = Callable[[Any], bool]

_SHOWN = 120
"""Characters of a wrong value that a message repeats."""

_SILENT = frozenset({"description", "title", "$schema", "$defs"})
"""Keywords that demand nothing."""

_TYPES: Mapping[str, Check] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@cache
def schema() -> Any:
    """The published JSON Schema of one line."""
    return json.loads(resources.files(__package__).joinpath("results.schema.json").read_text("utf-8"))


def wrong(line: Mapping[str, Any]) -> str:
    """What the schema does not allow in ``line``, a header, a result or a footer; empty if nothing."""
    kind = line["kind"]
    if _checks()[kind](line):
        return ""
    # Not at the top: only a wrong line needs it.
    import jsonschema

    whole = {"$ref": f"#/$defs/{kind}", "$defs": schema()["$defs"]}
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(whole).iter_errors(line))
    if error is None:
        return ""
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"{_place(error) or f'a {kind}'} without {', '.join(missing)}"
    rule = f"{error.validator}: {error.validator_value}"
    demand = error.schema.get("description", rule) if error.validator == "pattern" else rule
    return f"{_place(error)}: {error.instance!a:.{_SHOWN}} is not allowed ({demand:.{_SHOWN}})"


def _place(error: Any) -> str:
    return ".".join(ascii(step)[1:-1] if isinstance(step, str) else str(step) for step in error.absolute_path)


@cache
def _checks() -> Mapping[str, Check]:
    """The check of each definition."""
    checks: dict[str, Check] = {}
    for name, part in schema()["$defs"].items():
        checks[name] = _check(part, checks)
    return checks


def _check(part: Mapping[str, Any], named: Mapping[str, Check]) -> Check:
    """The check of a part of the schema; ``named`` has the definitions once one of them is called."""
    checks = [_KEYWORDS[word](value, part, named) for word, value in part.items() if word not in _SILENT]
    if len(checks) == 1:
        return checks[0]

    def every(value: Any) -> bool:
        for check in checks:  # noqa: SIM110  (a generator costs as much as the checks)
            if not check(value):
                return False
        return True

    return every


def _type(types: Any, *_: Any) -> Check:
    if isinstance(types, str):
        return _TYPES[types]
    kinds = [_TYPES[each] for each in types]
    return lambda value: any(kind(value) for kind in kinds)


def _enum(values: Any, *_: Any) -> Check:
    # True is 1 in Python and not in JSON.
    allowed = {(type(each), each) for each in values}
    scalar = (str, int, bool, type(None))
    return lambda value: isinstance(value, scalar) and (type(value), value) in allowed


def _pattern(pattern: str, *_: Any) -> Check:
    found = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or found(value) is not None


def _properties(parts: Any, _: Any, named: Mapping[str, Check]) -> Check:
    checks = {name: _check(each, named) for name, each in parts.items()}

    def allowed(value: Any) -> bool:
        if isinstance(value, dict):
            for name, each in value.items():
                if name in checks and not checks[name](each):
                    return False
        return True

    return allowed


def _additional(rule: Any, part: Mapping[str, Any], named: Mapping[str, Check]) -> Check:
    known = part.get("properties", {}).keys()
    if isinstance(rule, bool):
        return lambda value: rule or not isinstance(value, dict) or value.keys() <= known
    check = _check(rule, named)
    return lambda value: (
        not isinstance(value, dict) or all(check(each) for name, each in value.items() if name not in known)
    )


def _required(names: Any, *_: Any) -> Check:
    demanded = frozenset(names)
    return lambda value: not isinstance(value, dict) or demanded <= value.keys()


def _items(rule: Any, _: Any, named: Mapping[str, Check]) -> Check:
    check = _check(rule, named)
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _one_of(rules: Any, _: Any, named: Mapping[str, Check]) -> Check:
    checks = [_check(rule, named) for rule in rules]
    return lambda value: sum(check(value) for check in checks) == 1


def _number(holds: Callable[[Any, Any], bool]) -> Callable[..., Check]:
    is_number = _TYPES["number"]
    return lambda limit, *_: lambda value: not is_number(value) or holds(value, limit)


def _reference(path: str, _: Any, named: Mapping[str, Check]) -> Check:
    name = path.removeprefix("#/$defs/")
    return lambda value: named[name](value)  # noqa: PLW0108  (it may not be there yet)


_KEYWORDS: Mapping[str, Callable[..., Check]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "const": lambda value, *_: _enum([value]),
    "pattern": _pattern,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "oneOf": _one_of,
    "minimum": _number(lambda value, limit: value >= limit),
    "maximum": _number(lambda value, limit: value <= limit),
}
"""What each keyword demands; a schema with another one cannot be compiled, so that none is overlooked."""
