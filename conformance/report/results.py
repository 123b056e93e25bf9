"""The results of a run: one for each scenario and target, between a header and a footer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = 1
"""The version of the results file; a reader refuses another."""

_INCOMPLETE = "incomplete"


class Outcome(StrEnum):
    """How a scenario ended on a target."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    KNOWN_GAP = "known gap"
    UNSUPPORTED = "unsupported"
    UNMEASURED = "unmeasured"

    @property
    def is_failure(self) -> bool:
        """Whether it turns a run red: an assertion failed, or the backend or the harness crashed."""
        return self in (Outcome.FAILED, Outcome.ERRORED)

    @property
    def is_problem(self) -> bool:
        """Whether it counts against a backend; what is declared, and refused in words, does not."""
        return self not in (Outcome.PASSED, Outcome.UNSUPPORTED)


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
        place: its place in the order in which one process would run it.
        seconds: how long it took, with what was built up and torn down for it.
        law: what it demands.
        bugs: the real bugs it stands against, by their ids in the header.
        link: the upstream bug that a known gap waits for.
        cassette: its recording, relative to the project, and empty where it has none.
        words: the failure in full, as pytest tells it.
        observation: what was sent, what came back and what became of it; None where nobody took it down.
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
    place: int = 0
    seconds: float = 0.0
    law: str = ""
    bugs: Sequence[str] = ()
    link: str = ""
    cassette: str = ""
    words: str = ""
    observation: Mapping[str, Any] | None = None

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
class Report:
    """What a results file holds.

    Attributes:
        header: what ran where and with what, as the schema says.
        results: the results, in the order of one process.
        footer: what closes the file; None where the run did not come to its end.
        orphans: cassettes that no scenario owns, None where the run was not complete and nothing can be said.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    footer: Mapping[str, Any] | None = None
    orphans: list[str] | None = None

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def total(self, count: str) -> int:
        """The sum of ``played``, ``unplayed`` or ``live`` over all results."""
        return sum(getattr(result, count) for result in self.results)

    def counts(self) -> dict[Outcome, int]:
        """How many results there are of each outcome."""
        found = Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in Outcome}

    def columns(self) -> dict[str, list[Result]]:
        """The results of each ``backend@target``; the one with the fewest problems stands first."""
        labels = dict.fromkeys(result.label for result in self.results)
        columns = {label: [result for result in self.results if result.label == label] for label in labels}
        return dict(sorted(columns.items(), key=lambda item: problems_of(item[1])))

    @property
    def doubts(self) -> list[str]:
        """Why this is not the whole truth, a line for each reason; none for a complete run."""
        return list(_doubts(self.header, self.results, self.footer))

    @property
    def is_incomplete(self) -> bool:
        """Whether results are missing that the run should have given; a narrowed run is whole."""
        return any(doubt.startswith(_INCOMPLETE) for doubt in self.doubts)


def problems_of(results: Sequence[Result]) -> int:
    """How many of the results count against a backend."""
    return sum(result.outcome.is_problem for result in results)


def _doubts(
    header: Mapping[str, Any], results: Sequence[Result], footer: Mapping[str, Any] | None
) -> Iterator[str]:
    if footer is None:
        yield f"{_INCOMPLETE}: the run did not come to its end; {len(results)} results were written before"
        return
    if footer["runs"] != len(results):
        yield f"{_INCOMPLETE}: the footer counts {footer['runs']} results, the file holds {len(results)}"
    if gone := footer.get("switched_off"):
        yield f"{_INCOMPLETE}: {len(gone)} parts of the suite were switched off, {gone[0]} first"
    for test in footer["lost"]:
        yield f"{_INCOMPLETE}: {test} began and gave no result"
    if header.get("shard"):
        yield f"a part: shard {header['shard']}"
    for narrowed in header.get("narrowed", ()):
        yield f"a part: narrowed by {narrowed}"
