"""Values as the types that they claim to be: a subclass decides by itself what it is equal to."""

from __future__ import annotations

from typing import Any

from provider.errors import ErrorKind

_EXACT = (bool, int, float, str, bytes, ErrorKind, type(None))


class Foreign:
    """In place of a value that is none of the types of a contract; it equals nothing."""

    def __init__(self, value: object) -> None:
        self._type = type(value)

    def __repr__(self) -> str:
        return f"<an object of {self._type.__module__}.{self._type.__qualname__}>"


def exact(value: Any) -> Any:
    """``value`` in the built-in types themselves, at any depth; what is none of them becomes `Foreign`."""
    kind = type(value)
    if kind in _EXACT or kind is Foreign:
        return value
    # The methods of the built-in type: those of a subclass may say what they like.
    for plain in (str, bytes):
        if issubclass(kind, plain):
            return plain.__getitem__(value, slice(None)) if plain is bytes else plain.__str__(value)
    if issubclass(kind, int):
        return int.__index__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, list):
        return [exact(each) for each in list.__iter__(value)]
    if issubclass(kind, tuple):
        return tuple(exact(each) for each in tuple.__iter__(value))
    if issubclass(kind, dict):
        return {exact(name): exact(each) for name, each in dict.items(value)}
    return Foreign(value)
