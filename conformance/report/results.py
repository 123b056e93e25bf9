"""The results of a run: one for each scenario and target, and the counts that prove it was offline."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """How a scenario ended on a target."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN_GAP = "known gap"
    UNSUPPORTED = "unsupported"
    UNMEASURED = "unmeasured"


class Source(StrEnum):
    """Where the answers of a scenario come from."""

    RECORDING = "recording"
    LIVE = "live"
    SCRIPT = "script"
    DERIVED = "derived"


class Fault(StrEnum):
    """What a failed scenario failed by, the plainest of several."""

    LAW = "law"
    SNAPSHOT = "snapshot"
    RECORDING = "recording"


@dataclass(frozen=True)
class Result:
    """One scenario on one target.

    Attributes:
        backend: the backend's name.
        target: the target's name.
        group: the scenario's group, e.g. ``tools``.
        scenario: the scenario's name in its group.
        source: where its answers come from.
        outcome: how it ended.
        reason: why it failed, is a known gap, or was not measured.
        rerun: the test id that runs it again.
        fault: what it failed by; None where it did not fail.
        played: recorded interactions that were replayed.
        unplayed: recorded interactions that nothing asked for.
        live: interactions with a real server.
        recorded: when its recording was made, as ISO 8601; empty where it has none.
        declared: whether a capability that the scenario is about is declared, None where it is not.
        measured: what the scenario found of it: ``yes``, ``refused`` or ``ignored``; empty for the others.
    """

    backend: str
    target: str
    group: str
    scenario: str
    source: Source
    outcome: Outcome
    reason: str
    rerun: str
    fault: Fault | None = None
    played: int = 0
    unplayed: int = 0
    live: int = 0
    recorded: str = ""
    declared: bool | None = None
    measured: str = ""

    @property
    def label(self) -> str:
        """``backend@target``."""
        return f"{self.backend}@{self.target}"

    @property
    def id(self) -> str:
        """``group/scenario``."""
        return f"{self.group}/{self.scenario}"

    @property
    def title(self) -> str:
        """``backend@target group/scenario``."""
        return f"{self.label} {self.id}"


@dataclass
class Results:
    """All results of a run so far, and the cassettes that no scenario owns."""

    results: list[Result] = field(default_factory=list)
    orphans: list[Path] | None = None
    """None where the run was not complete, so that nothing can be said."""

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def total(self, count: str) -> int:
        """The sum of ``played``, ``unplayed`` or ``live`` over all results."""
        return sum(getattr(result, count) for result in self.results)


def write_lines(results: Iterable[Result], path: Path) -> None:
    """Write one JSON line for each result."""
    lines = (json.dumps(asdict(result), ensure_ascii=False) + "\n" for result in results)
    path.parent.mkdir(parents=True, exist_ok=True)
    # An answer may hold half a surrogate pair, which is no UTF-8; with a backslash it is JSON's own escape.
    path.write_bytes("".join(lines).encode("utf-8", "backslashreplace"))


def read_lines(path: Path) -> list[Result]:
    """The results that :func:`write_lines` wrote."""
    return [_result(line) for line in path.read_text("utf-8").split("\n") if line]


def _result(line: str) -> Result:
    fields = json.loads(line)
    fault = fields.get("fault")
    words = {
        "source": Source(fields["source"]),
        "outcome": Outcome(fields["outcome"]),
        "fault": Fault(fault) if fault else None,
    }
    return Result(**{**fields, **words})
