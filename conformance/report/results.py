"""The results of a run: one for each scenario on each target, with a header and a footer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.report.doubts import Doubt, DoubtKind, doubts

SCHEMA = 2
"""The version of the results file."""

RENAMED = {"place": "index", "words": "traceback", "observation": "transcript"}
"""The fields of a result that version 1 called otherwise; readers accept it for one release."""


BASE = "base"
"""The tier of the contract that every backend keeps: text and tool calls, whole and streamed, and errors."""


class Outcome(StrEnum):
    """How a scenario ended on a target."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    KNOWN_GAP = "known gap"
    UNSUPPORTED = "unsupported"
    NOT_JUDGED = "not judged"
    UNMEASURED = "unmeasured"

    @property
    def is_failure(self) -> bool:
        """Whether it fails a run: an assertion failed, or the backend or the harness crashed."""
        return self in (Outcome.FAILED, Outcome.ERRORED)

    @property
    def is_problem(self) -> bool:
        """Whether it counts against a backend; what it lacks, and what it is declared to lack, do not."""
        return self not in (Outcome.PASSED, Outcome.UNSUPPORTED, Outcome.NOT_JUDGED)


class Source(StrEnum):
    """Where the answers of a scenario come from."""

    RECORDING = "recording"
    LIVE = "live"
    SCRIPT = "script"
    DERIVED = "derived"


SOURCE_WORDS = {
    Source.RECORDING: "recorded",
    Source.LIVE: "live",
    Source.DERIVED: "derived",
    Source.SCRIPT: "scripted",
}
"""How tables name the sources, in this order."""


class Fault(StrEnum):
    """What a failed scenario violated; the clearest if there are several.

    ``closed gap``: nothing; a known gap has started to pass, and its declaration must go.
    """

    LAW = "law"
    SNAPSHOT = "snapshot"
    RECORDING = "recording"
    CLOSED_GAP = "closed gap"


class ViolationKind(StrEnum):
    """A rule of recording and replay that a scenario broke, whatever it asserts itself."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    MISS = "miss"
    UNPLAYED = "unplayed"
    STALE = "stale"
    REFUSED = "refused"
    LEAK = "leak"


@dataclass(frozen=True)
class Violation:
    """One broken rule.

    Attributes:
        kind: ``missing``: there is no cassette; ``unreadable``: the cassette cannot be read or written;
            ``miss``: a request has no recording; ``unplayed``: a recording was not requested; ``stale``: the
            scenario asks something else than was recorded; ``refused``: a connection was refused;
            ``leak``: a secret would have been stored.
        message: what happened, where, and what to do next.
    """

    kind: ViolationKind
    message: str


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
        cause: why it failed, in words that are the same for every failure of this kind; empty if it did not.
        got: what came, where the cause is a value; cut where it is long.
        expected: what was expected in its place.
        tier: the tier of the contract that it judges: ``base``, or the extension that it asks or had wrong.
        missing: the extensions of the contract that it could not judge, because the backend lacks them.
        fault: what it violated; None if it did not fail.
        violations: the rules of recording and replay that it broke.
        played: recorded interactions that were replayed.
        unplayed: recorded interactions that were not requested.
        live: interactions with a real server.
        recorded: when its recording was made, as ISO 8601; empty without one.
        server: the address of the server that was recorded, as the recording has it; empty without one.
        declared: what the target declares of the capability that the scenario probes; None if nothing.
        measured: what the probe found: ``yes``, ``refused`` or ``ignored``; empty in other scenarios.
        index: its position in the order of a run in one process.
        seconds: how long it took, with setup and teardown.
        law: what it demands, in a sentence.
        bugs: the real bugs behind it, by their ids in the header.
        link: the upstream bug that a known gap waits for.
        cassette: its recording, relative to the project; empty without one.
        traceback: the failure in full, as pytest prints it.
        transcript: requests, answers and decoded responses; None if not recorded.
    """

    backend: str
    target: str
    group: str
    scenario: str
    source: Source
    outcome: Outcome
    reason: str
    rerun: str
    cause: str = ""
    got: str = ""
    expected: str = ""
    tier: str = BASE
    missing: Sequence[str] = ()
    fault: Fault | None = None
    violations: Sequence[Violation] = ()
    played: int = 0
    unplayed: int = 0
    live: int = 0
    recorded: str = ""
    server: str = ""
    declared: bool | None = None
    measured: str = ""
    index: int = 0
    seconds: float = 0.0
    law: str = ""
    bugs: Sequence[str] = ()
    link: str = ""
    cassette: str = ""
    traceback: str = ""
    transcript: Mapping[str, Any] | None = None

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
        header: what ran, where and with which versions; see the schema.
        results: the results, in the order of one process.
        footer: the last line of the file; None if the run was interrupted.
        orphans: cassettes that no scenario owns; None if the run was partial, so that nobody knows.
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
        """The number of results of each outcome."""
        found = Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in Outcome}

    def columns(self) -> dict[str, list[Result]]:
        """The results of each ``backend@target`` but routes: with only scripts last, then by problems."""
        routes = self._route_labels()
        columns = {label: own for label, own in self._by_label().items() if label not in routes}
        return dict(sorted(columns.items(), key=lambda item: (only_scripts(item[1]), problems_of(item[1]))))

    def routes(self) -> dict[str, list[Result]]:
        """The results of each route, a target that is asked a small group; those with problems first."""
        routes = self._route_labels()
        found = {label: own for label, own in self._by_label().items() if label in routes}
        return dict(sorted(found.items(), key=lambda item: (*_badness(item[1]), item[0])))

    def _by_label(self) -> dict[str, list[Result]]:
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.label, []).append(result)
        return found

    def _route_labels(self) -> set[str]:
        declared = self.header.get("backends", ())
        return {
            f"{each['backend']}@{each['target']}" for each in declared if each.get("scenarios") == "routes"
        }

    def problems(self) -> list[Result]:
        """The results that count against a backend, the worst outcome first."""
        order = (Outcome.ERRORED, Outcome.FAILED, Outcome.UNMEASURED, Outcome.KNOWN_GAP)
        return [result for outcome in order for result in self.results if result.outcome is outcome]

    @property
    def doubts(self) -> list[Doubt]:
        """Why this does not show the whole suite; empty for a complete run."""
        counts = {str(outcome): count for outcome, count in self.counts().items()}
        return list(doubts(self.header, counts, self.footer))

    @property
    def is_incomplete(self) -> bool:
        """Whether results are missing that the run should have given; a narrowed run can be complete."""
        return any(doubt.kind is DoubtKind.INCOMPLETE for doubt in self.doubts)


def _badness(results: Sequence[Result]) -> tuple[int, int]:
    return -sum(result.outcome.is_failure for result in results), -problems_of(results)


def only_scripts(results: Sequence[Result]) -> bool:
    """Whether no real server answered, neither now nor in a recording."""
    return all(result.source is Source.SCRIPT for result in results)


def problems_of(results: Sequence[Result]) -> int:
    """The number of results that count against a backend."""
    return sum(result.outcome.is_problem for result in results)
