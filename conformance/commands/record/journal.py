"""What a run of the recorder has done, for the next one to go on where it stopped."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import conformance
from conformance.servers.hosted import Cost

_FRESH = timedelta(days=1)
"""How long a run can be gone on with: a recording is of one day."""


@dataclass
class Journal:
    """The journal of one run, from its first question until nothing is left.

    Attributes:
        file: where it is kept.
        target: pattern for ``backend@target`` that the run was narrowed by, None for all.
        scenario: pattern for ``group/scenario`` that it was narrowed by, None for all.
        harness: the version of the suite.
        began: a date-time in UTC.
        done: the ``backend@target group/scenario`` that were recorded, verified and put in place.
        costs: what each ``backend@target`` has cost since then.
    """

    file: Path
    target: str | None
    scenario: str | None
    harness: str = conformance.__version__
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    done: list[str] = field(default_factory=list)
    costs: dict[str, Cost] = field(default_factory=dict)

    def goes_on(self) -> bool:
        """Take over what an earlier run of the same selection has left; False where there is none."""
        try:
            kept = json.loads(self.file.read_text("utf-8"))
            same = [kept[name] for name in ("target", "scenario", "harness")]
            fresh = datetime.now(UTC) - datetime.fromisoformat(kept["began"]) < _FRESH
            costs = {label: Cost(**cost) for label, cost in kept["costs"].items()}
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if not fresh or same != [self.target, self.scenario, self.harness]:
            return False
        self.began, self.done, self.costs = kept["began"], kept["done"], costs
        return True

    def write(self) -> None:
        """Keep it, in one step."""
        kept = {name: value for name, value in asdict(self).items() if name != "file"}
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps(kept), "utf-8")
        partial.replace(self.file)
