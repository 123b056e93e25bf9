"""Targets with a fault: a wrong backend, or a correct one whose requests are changed on their way out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from conformance.commands.mutation.mutant import Mutant
from conformance.commands.mutation.request_mutations import RequestMutation
from conformance.runner.targets.target import Target

CONTROL = "control"
"""The control: a backend that is wrapped like the wrong ones but has no fault."""

REQUEST_MUTATED = "request_mutated"
"""The property of a pytest report that says that requests were changed."""


@dataclass(frozen=True)
class Faulty(Target):
    """A target with a name of its own and the recordings of another.

    Attributes:
        recordings: the folder of the other.
    """

    recordings: Path = Path()

    @property
    def folder(self) -> Path:
        """The folder of the other target."""
        return self.recordings


@dataclass(frozen=True)
class Mutated(Faulty):
    """A target whose backend is wrong; without a mutant it is the control."""

    mutant: Mutant | None = None

    def is_asked(self, group: str) -> bool:
        """Whether it is run on the scenarios of ``group``."""
        return self.mutant is None or self.mutant.group == group

    def imported(self) -> Any:
        """The correct class, made wrong."""
        right = super().imported()
        return self.mutant.mutated(right) if self.mutant is not None else right


@dataclass(frozen=True)
class RequestMutated(Faulty):
    """A target whose backend is correct and whose requests are changed before they are compared."""

    change: RequestMutation | None = None


def as_fields(target: Target, name: str) -> dict[str, Any]:
    """The fields of ``target`` for one that is called ``name`` and shares its recordings."""
    own = {each.name: getattr(target, each.name) for each in fields(Target)}
    return {**own, "backend": name, "recordings": target.folder}
