"""A saboteur: a small fault, the law that it breaks, and the scenario that must fail."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

Backend = type[Any]
"""A backend class; saboteurs use only the methods of the contract, so it needs no base class."""


@dataclass(frozen=True)
class Saboteur:
    """One small fault for any backend.

    Attributes:
        name: what it does wrong.
        law: the law that it breaks, in one sentence.
        caught_by: ``group/scenario``, without parameters, of the scenario that states this law.
        spoil: makes a wrong class of a correct one.
    """

    name: str
    law: str
    caught_by: str
    spoil: Callable[[Backend], Backend]

    @property
    def group(self) -> str:
        """The group of the scenario that must fail."""
        return self.caught_by.partition("/")[0]

    def wrong(self, right: Backend) -> Backend:
        """The wrong class for ``right``; the same one each time, as its instances may share class state."""
        return _wrong(self.spoil, right)  # type: ignore[arg-type]  # mypy: type[Any] is not hashable

    def is_caught_by(self, scenario: str) -> bool:
        """Whether ``scenario`` is the one that must fail, with any parameters."""
        return scenario == self.caught_by or scenario.startswith(f"{self.caught_by}-")


@cache
def _wrong(spoil: Callable[[Backend], Backend], right: Backend) -> Backend:
    return spoil(right)


def saboteur(caught_by: str) -> Callable[[Callable[[Backend], Backend]], Saboteur]:
    """Make a saboteur of a function, whose name is the fault and whose docstring is the law."""

    def made(spoil: Callable[[Backend], Backend]) -> Saboteur:
        # Ruff's D1 rules ensure that there is a docstring.
        return Saboteur(spoil.__name__, inspect.getdoc(spoil) or "", caught_by, spoil)

    return made
