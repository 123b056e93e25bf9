"""The scenarios and targets that a run of the recorder records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.patterns import matches
from conformance.runner.targets.live import ENGINE_DIALECTS
from conformance.runner.targets.selection import project_targets
from conformance.runner.targets.target import BindingError, Target


@dataclass(frozen=True)
class Selection:
    """The scenarios and targets to record, and what that may cost.

    Attributes:
        root: the folder of the cassettes.
        target: pattern for ``backend@target``, None for all.
        scenario: pattern for ``group/scenario``, None for all.
        max_cost: dollars that all hosted servers together may cost.
    """

    root: Path
    target: str | None
    scenario: str | None
    max_cost: float

    @property
    def options(self) -> list[str]:
        """The options of pytest that narrow a run to the selection."""
        pairs = (("--target", self.target), ("--scenario", self.scenario))
        return [part for name, value in pairs if value for part in (name, value)]

    def targets(self) -> list[Target]:
        """The selected targets that have recordings of their own.

        Raises:
            BindingError: none can be read, or the server of one cannot be asked: the embedded engine stands
                in only for servers whose dialect it speaks.
        """
        found = [
            target
            for target in project_targets(self.root.parent)
            if matches(self.target, target.label) and not target.replays
        ]
        for target in found:
            is_recorded = target.source == "recording" and target.hosted is None
            if is_recorded and target.dialect not in ENGINE_DIALECTS:
                raise BindingError(
                    f"{target.label} cannot be recorded: the embedded engine does not speak "
                    f'{target.dialect}. Declare its own server as hosted, or say source = "script"'
                )
        return found
