"""The libraries that a report judges, each by a backend with a finding: what passed, and the finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.report.counts import counted
from conformance.report.results import Outcome, Report, Result, only_scripts, problems_of

KINDS: Mapping[str, Sequence[Outcome]] = {
    "good": (Outcome.PASSED,),
    "quiet": (Outcome.UNSUPPORTED, Outcome.NOT_JUDGED, Outcome.UNMEASURED),
    "gap": (Outcome.KNOWN_GAP,),
    "bad": (Outcome.FAILED, Outcome.ERRORED),
}
"""The parts of a bar, in their order, by what colours them."""

WIDTH = 20
"""The width of a bar: blocks in a text, units in a picture."""


@dataclass(frozen=True)
class Library:
    """What one library passed.

    Attributes:
        name: that of the backend.
        version: of the package that declares the backend; empty where it is not known.
        finding: a bug of it, in a sentence.
        link: the upstream bug.
        counts: the number of runs of each outcome that came.
        scripted: whether only scripts have answered.
    """

    name: str
    version: str
    finding: str
    link: str
    counts: Mapping[Outcome, int]
    scripted: bool = False

    @property
    def bar(self) -> list[tuple[str, int]]:
        """The parts of its bar: kind and width, of ``WIDTH`` in all; even one run has a width."""
        sums = ((kind, sum(self.counts.get(each, 0) for each in own)) for kind, own in KINDS.items())
        widths = {kind: max(1, count * WIDTH // self.runs) for kind, count in sums if count}
        widest = max(widths, key=lambda kind: widths[kind])
        widths[widest] += WIDTH - sum(widths.values())
        return list(widths.items())

    @property
    def runs(self) -> int:
        """How many runs there were."""
        return sum(self.counts.values())

    @property
    def summary(self) -> str:
        """``181 of 184 passed, 2 known gaps, 1 unsupported``."""
        others = {each: count for each, count in self.counts.items() if each is not Outcome.PASSED}
        gaps = others.pop(Outcome.KNOWN_GAP, 0)
        parts = [f"{self.counts.get(Outcome.PASSED, 0)} of {self.runs} passed"]
        parts += [counted(gaps, "known gap")] if gaps else []
        said = ", ".join([*parts, *(f"{count} {each}" for each, count in others.items())])
        return f"{said}; scripts only" if self.scripted else said


def libraries(report: Report) -> list[Library]:
    """The libraries, the one with the most problems first; empty where no backend declares a finding."""
    declared = {f"{each['backend']}@{each['target']}": each for each in report.header.get("backends", ())}
    found = [
        (problems_of(results), _library(declared[label], results))
        for label, results in report.columns().items()
        if declared.get(label, {}).get("finding")
    ]
    return [library for _, library in sorted(found, key=lambda each: (-each[0], each[1].name))]


def _library(declared: Mapping[str, str | None], results: Sequence[Result]) -> Library:
    finding, _, address = str(declared["finding"]).rpartition(": https://")
    outcomes = [result.outcome for result in results]
    counts = {each: outcomes.count(each) for each in Outcome if each in outcomes}
    name, version = str(declared["backend"]), declared.get("version") or ""
    return Library(name, version, finding, f"https://{address}", counts, only_scripts(results))
