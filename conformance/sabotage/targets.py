"""Targets with a fault: a wrong backend, or a right one whose requests are changed on their way out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from conformance.backends import Target
from conformance.sabotage.gate import Change
from conformance.sabotage.saboteur import Saboteur

NOBODY = "nobody"
"""The backend that is wrapped like the wrong ones, and right."""

PERTURBED = "perturbed"
"""The property of a report whose requests were changed."""


@dataclass(frozen=True)
class Faulty(Target):
    """A target that has another's recordings, and a name of its own.

    Attributes:
        recordings: the other's folder.
    """

    recordings: Path = Path()

    @property
    def folder(self) -> Path:
        """Where the other's recordings lie."""
        return self.recordings


@dataclass(frozen=True)
class Sabotaged(Faulty):
    """A target whose backend is wrong; without a saboteur it is wrapped like them and right."""

    saboteur: Saboteur | None = None

    def is_asked(self, group: str) -> bool:
        """Whether the law that it breaks stands in ``group``."""
        return self.saboteur is None or self.saboteur.group == group

    def imported(self) -> Any:
        """The right class, made wrong."""
        right = super().imported()
        return self.saboteur.wrong(right) if self.saboteur is not None else right


@dataclass(frozen=True)
class Perturbed(Faulty):
    """A target whose backend is right, and whose requests are changed before they are compared."""

    change: Change | None = None


def as_fields(target: Target, name: str) -> dict[str, Any]:
    """The fields of ``target`` for one that is called ``name`` and has its recordings."""
    own = {each.name: getattr(target, each.name) for each in fields(Target)}
    return {**own, "backend": name, "recordings": target.folder}
