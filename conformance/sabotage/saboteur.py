"""What a saboteur is: a small fault, the law that it breaks, and the scenario that must notice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

Backend = type[Any]
"""A class of backends. Its methods are all that a saboteur uses, so no base class is demanded."""


@dataclass(frozen=True)
class Saboteur:
    """One small fault for any backend.

    Attributes:
        name: what it does, as a reader would say it.
        law: the law that it breaks, in one sentence.
        caught_by: ``group/scenario``, without parameters, of the scenario whose law that is.
        spoil: gives the wrong class for a right one.
    """

    name: str
    law: str
    caught_by: str
    spoil: Callable[[Backend], Backend]

    @property
    def group(self) -> str:
        """The group that its law stands in."""
        return self.caught_by.partition("/")[0]

    def wrong(self, right: Backend) -> Backend:
        """The wrong class for ``right``, always the same one: instances may share what a class holds."""
        return _wrong(self.spoil, right)  # type: ignore[arg-type]  # to mypy a class of anything has no hash

    def is_caught_by(self, scenario: str) -> bool:
        """Whether ``scenario`` is the one that must notice, with whatever parameters."""
        return scenario == self.caught_by or scenario.startswith(f"{self.caught_by}-")


@cache
def _wrong(spoil: Callable[[Backend], Backend], right: Backend) -> Backend:
    return spoil(right)


def saboteur(caught_by: str) -> Callable[[Callable[[Backend], Backend]], Saboteur]:
    """Make a saboteur of a function; its name is the fault, and its docstring the law."""

    def made(spoil: Callable[[Backend], Backend]) -> Saboteur:
        # ruff's D1 sees to it that there is one.
        return Saboteur(spoil.__name__, inspect.getdoc(spoil) or "", caught_by, spoil)

    return made
