"""The parts of a report that have a score each: what a live server answered, and what never reached it.

A server is asked only some of the scenarios; the others are scripts, which test the backend alone. One score
of both would hide a server that answers nothing right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.results import Outcome, Report, Result, Source, only_scripts, problems_of

REACHED = "what reached the live server"
"""How reports head the results of a live server."""

APART = "scripts of the suite, which never reached that server"
"""How they head the other results of its targets."""

RECORDED = "recordings and scripts, which never reached that server"
"""How they head them in combined reports, where others have recordings."""

SCRIPTS_ONLY = "scripts only: no server has been asked"
"""How they head the targets that only scripts have answered."""


@dataclass(frozen=True)
class Part:
    """Results with a score of their own.

    Attributes:
        heading: what they are; empty where a report has only one part.
        short: the same in a word.
        results: the results.
    """

    heading: str
    short: str
    results: Sequence[Result]

    @property
    def passed(self) -> int:
        """How many of them passed."""
        return sum(result.outcome is Outcome.PASSED for result in self.results)

    @property
    def title(self) -> str:
        """How many of them passed, in words."""
        heading = f"{self.heading}: " if self.heading else ""
        runs = f"{len(self.results):,} run{'s' * (len(self.results) != 1)}"
        return f"{heading}{self.passed:,} of {runs} passed"

    @property
    def others(self) -> dict[Outcome, int]:
        """How many had another outcome, without those that none had."""
        found = Counter(result.outcome for result in self.results)
        return {each: found[each] for each in Outcome if each is not Outcome.PASSED and found[each]}

    def __str__(self) -> str:
        return ", ".join([self.title, *(f"{count:,} {outcome}" for outcome, count in self.others.items())])


def parts(results: Sequence[Result]) -> list[Part]:
    """What reached a live server, and what did not; one part where all or nothing did."""
    live = [result for result in results if result.source is Source.LIVE]
    apart = [result for result in results if result.source is not Source.LIVE]
    if not live or not apart:
        return [Part("", "", results)]
    heading = RECORDED if any(result.source is Source.RECORDING for result in apart) else APART
    return [Part(REACHED, "live", live), Part(heading, "scripts", apart)]


def blocks(report: Report) -> dict[str, dict[str, Sequence[Result]]]:
    """The results of each ``backend@target`` but routes, below the heading that says what answered them.

    The targets with the fewest problems are first.
    """
    headings = (REACHED, "", SCRIPTS_ONLY, APART, RECORDED)
    found: dict[str, dict[str, Sequence[Result]]] = {heading: {} for heading in headings}
    for label, results in report.columns().items():
        for part in parts(results):
            heading = part.heading or (SCRIPTS_ONLY if only_scripts(results) else "")
            found[heading][label] = part.results
    return {
        heading: dict(sorted(columns.items(), key=lambda item: problems_of(item[1])))
        for heading, columns in found.items()
        if columns
    }
