"""A mutant: a small fault, the law that it breaks, and the scenario that must fail."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from conformance.commands.mutation.operators import FaultFunction, whole_class
from conformance.commands.mutation.wrapping import Backend


@dataclass(frozen=True)
class Mutant:
    """One small fault for any backend.

    Attributes:
        name: what it does wrong.
        law: the law that it breaks, in one sentence.
        killed_by: ``group/scenario``, without parameters, of the scenario that states this law.
        mutate: makes a faulty class of a correct one.
    """

    name: str
    law: str
    killed_by: str
    mutate: Callable[[Backend], Backend]

    @property
    def group(self) -> str:
        """The group of the scenario that must fail."""
        return self.killed_by.partition("/")[0]

    def mutated(self, right: Backend) -> Backend:
        """The faulty class for ``right``; the same one each time, as its instances may share class state."""
        return _mutated(self.mutate, right)  # type: ignore[arg-type]  # mypy: type[Any] is not hashable

    def is_killed_by(self, scenario: str) -> bool:
        """Whether ``scenario`` is the one that must fail, with any parameters."""
        return scenario == self.killed_by or scenario.startswith(f"{self.killed_by}-")


@cache
def _mutated(mutate: Callable[[Backend], Backend], right: Backend) -> Backend:
    return mutate(right)


def mutant(
    killed_by: str, operator: Callable[..., Backend] = whole_class, **settings: Any
) -> Callable[[FaultFunction], Mutant]:
    """Make a mutant of a fault, whose name says what is wrong and whose docstring is the law.

    Args:
        killed_by: ``group/scenario`` of the scenario that must fail.
        operator: puts the fault into a class.
        settings: further arguments of the operator.
    """

    def made(fault: FaultFunction) -> Mutant:
        # Ruff's D1 rules ensure that there is a docstring.
        law = inspect.getdoc(fault) or ""
        return Mutant(fault.__name__, law, killed_by, partial(operator, fault=fault, **settings))

    return made
