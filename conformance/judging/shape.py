"""Compares JSON with a type of an SDK: which fields are missing, wrong or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError


@dataclass(frozen=True)
class Shape:
    """How a JSON text fits a type.

    Attributes:
        faults: the fields that are missing or have a wrong type, a sentence each.
        unknown: the fields that the type does not have, such as ``choices[].message.thoughts``.
    """

    faults: tuple[str, ...]
    unknown: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)  # laws share answers, and the chunks of a stream are alike
def shape_of(text: bytes | str, model: type[BaseModel]) -> Shape:
    """How a JSON text fits ``model``; nothing is converted, so a number in quotes is wrong."""
    try:
        value = model.model_validate_json(text, strict=True)
    except ValidationError as error:
        return Shape(tuple(dict.fromkeys(map(_sentence, error.errors(include_url=False)))))
    return Shape((), frozenset(_unknown(value, "")))


def joined(shapes: Iterable[tuple[str, Shape]]) -> Shape:
    """The shapes of several texts as one: each fault once, the name of its type before each field."""
    faults: dict[str, None] = {}
    unknown: set[str] = set()
    for kind, shape in shapes:
        faults |= dict.fromkeys(f"({kind}) {fault}" for fault in shape.faults)
        unknown |= {f"({kind}) {name}" for name in shape.unknown}
    return Shape(tuple(faults), frozenset(unknown))


def _sentence(error: Any) -> str:
    place = _place(error["loc"])
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] == "json_invalid":
        return f"it is no JSON: {error['msg']}"
    return f"{place or 'it'} is {error['input']!r:.80}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _place(steps: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _unknown(value: Any, place: str) -> Iterator[str]:
    match value:
        case BaseModel():
            for name in value.model_extra or {}:
                yield f"{place}.{name}".lstrip(".")
            for name in type(value).model_fields:
                yield from _unknown(getattr(value, name, None), f"{place}.{name}".lstrip("."))
        case list():
            for item in value:
                yield from _unknown(item, f"{place}[]")
