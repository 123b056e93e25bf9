"""Targets with a fault: a mutant, or a correct backend whose requests are changed on their way out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from typing_extensions import override

from conformance.commands.mutation.mutant import Mutant
from conformance.commands.mutation.request_mutations import RequestMutation
from conformance.runner.targets.target import Target

CONTROL = "control"
"""The control: a backend that is wrapped like a mutant but has no fault."""

REQUEST_MUTATED = "request_mutated"
"""The property of a pytest report that says that requests were changed."""


@dataclass(frozen=True)
class MutatedTarget(Target):
    """A target with a fault, under a name of its own; without a fault it is the control.

    Attributes:
        recordings: the folder of the correct target, whose recordings it shares.
        mutant: the fault of its backend.
        request_mutation: the change of its requests.
    """

    recordings: Path = Path()
    mutant: Mutant | None = None
    request_mutation: RequestMutation | None = None

    @property
    @override
    def folder(self) -> Path:
        return self.recordings

    @override
    def imported(self) -> Any:
        right = super().imported()
        return self.mutant.mutated(right) if self.mutant is not None else right

    def runs_on(self, group: str) -> bool:
        """Whether the scenarios of ``group`` can show its fault."""
        return self.mutant is None or self.mutant.group == group


def mutated(
    target: Target,
    name: str,
    mutant: Mutant | None = None,
    request_mutation: RequestMutation | None = None,
) -> MutatedTarget:
    """``target`` with a fault and another name."""
    own = {each.name: getattr(target, each.name) for each in fields(Target)} | {"backend": name}
    return MutatedTarget(**own, recordings=target.folder, mutant=mutant, request_mutation=request_mutation)
