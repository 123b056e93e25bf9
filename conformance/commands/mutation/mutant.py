"""A mutant: a small fault, and the scenario that must fail because of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from conformance.commands.mutation.wrapping import Backend

FaultFunction = Callable[..., Any]
"""What a mutant does wrong."""

Mutation = Callable[[Backend], Backend]
"""Makes a faulty class of a correct one."""


@dataclass(frozen=True)
class Mutant:
    """One small fault for any backend.

    Attributes:
        name: what it does wrong.
        killed_by: ``group/scenario``, without parameters, of the scenario whose law it breaks.
        mutate: makes a faulty class of a correct one.
    """

    name: str
    killed_by: str
    mutate: Mutation

    @property
    def group(self) -> str:
        """The group of the scenario that must fail."""
        return self.killed_by.partition("/")[0]

    @property
    def asynchronous(self) -> bool:
        """Whether it is made of a class whose methods are awaited."""
        return self.group == "async"

    def mutated(self, right: Backend) -> Backend:
        """The faulty class for ``right``; the same one each time, as its instances may share class state."""
        return _mutated(self.mutate, right)  # type: ignore[arg-type]  # mypy: type[Any] is not hashable

    def is_killed_by(self, scenario: str) -> bool:
        """Whether ``scenario`` is the one that must fail, with any parameters."""
        return scenario == self.killed_by or scenario.startswith(f"{self.killed_by}-")


@cache
def _mutated(mutate: Mutation, right: Backend) -> Backend:
    return mutate(right)


def killed_by(scenario: str, **faults: Mutation) -> list[Mutant]:
    """Mutants whose faults are one expression each, all of them killed by ``group/scenario``."""
    return [Mutant(name, scenario, fault) for name, fault in faults.items()]


def mutant(
    scenario: str, operator: Callable[..., Mutation] | None = None, **settings: Any
) -> Callable[[FaultFunction], Mutant]:
    """Make a mutant of a function, whose name says what is wrong.

    Args:
        scenario: ``group/scenario`` of the scenario that must fail.
        operator: puts the fault into a class; without one, the function makes the faulty class itself.
        settings: further arguments of the operator.
    """

    def made(fault: FaultFunction) -> Mutant:
        mutate = partial(fault) if operator is None else operator(fault, **settings)
        return Mutant(fault.__name__, scenario, mutate)

    return made
