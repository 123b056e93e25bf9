"""What judges a backend, as it was before a project could change it.

A backend or a conftest.py that puts something else in the place of a law is judged by nothing: what was
replaced is put back, and told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter, is_, itemgetter
from types import CodeType, FunctionType, ModuleType
from typing import Any


class Originals:
    """What modules hold at a time.

    Args:
        whole: modules of which no function, class, method or constant may be replaced, nor of those below.
        functions: modules of which no function or class may be replaced.
    """

    def __init__(self, whole: Sequence[str] = (), functions: Sequence[str] = ()) -> None:
        self._held: list[tuple[ModuleType | type, str, Mapping[str, Any]]] = []
        self._code: dict[FunctionType, CodeType] = {}
        self._lookups: list[tuple[Callable[[Any], tuple[Any, ...]], Mapping[str, Any]]] = []
        self._values: list[Any] = []
        self._whole, self._functions = tuple(whole), functions

    def note(self) -> None:
        """Note what those of the modules hold that are imported now."""
        whole, functions = self._whole, self._functions
        for module in [each for each in sys.modules.values() if isinstance(each, ModuleType)]:
            name = module.__name__
            if name.startswith(whole) or name in functions:
                self._held.append((module, name, _fixed(vars(module))))
            if name.startswith(whole):
                own = [each for each in vars(module).values() if getattr(each, "__module__", "") == name]
                classes = [each for each in own if isinstance(each, type)]
                self._held += [(each, f"{name}.{each.__qualname__}", _fixed(vars(each))) for each in classes]
                self._code |= {each: each.__code__ for each in own if isinstance(each, FunctionType)}
        for holder, _, held in self._held:
            if held:
                # One name more, for a lookup of a single one gives no tuple.
                first = next(iter(held))
                self._lookups.append((itemgetter(*held, first), vars(holder)))
                self._values += [*held.values(), held[first]]

    def restored(self) -> Iterator[str]:
        """Put back what was replaced; the name of each."""
        if self._is_unchanged():
            return
        for holder, name, held in self._held:
            for part in [part for part, value in held.items() if vars(holder).get(part) is not value]:
                setattr(holder, part, held[part])
                yield f"{name}.{part} was replaced"
        for function in [each for each, code in self._code.items() if each.__code__ is not code]:
            function.__code__ = self._code[function]
            yield f"{function.__module__}.{function.__qualname__} was replaced"

    def _is_unchanged(self) -> bool:
        """Whether nothing was replaced; without a loop in Python, for it is asked after each scenario."""
        try:
            found = [look_up(names) for look_up, names in self._lookups]
        except KeyError:
            return False
        codes = map(attrgetter("__code__"), self._code)
        return all(map(is_, chain.from_iterable(found), self._values)) and all(
            map(is_, codes, self._code.values())
        )


def _fixed(names: Mapping[str, Any]) -> dict[str, Any]:
    """What nobody changes at run time: functions, classes, descriptors and constants."""
    return {
        name: value
        for name, value in names.items()
        if name.isupper() or callable(value) or isinstance(value, property | classmethod | staticmethod)
    }


SUITE = Originals(
    ("conformance", "provider.base", "provider.response", "provider.errors"), ("json", "pytest")
)
"""The suite and the contract, as the plugin notes them before a conftest.py is imported."""

PYTHON = Originals(functions=("builtins", "time"))
"""What pytest itself cannot do without."""
