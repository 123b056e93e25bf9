"""What changed between two reports: better, worse, new and gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.report.results import Outcome, Report, Result

RANK = {
    Outcome.PASSED: 0,
    Outcome.UNSUPPORTED: 1,
    Outcome.KNOWN_GAP: 2,
    Outcome.UNMEASURED: 3,
    Outcome.FAILED: 4,
    Outcome.ERRORED: 5,
}
"""From good to bad; what was promised and is now refused in words is worse than before, too."""

Pair = tuple[Result, Result]


@dataclass
class Difference:
    """How a report differs from an older one.

    Attributes:
        better: results of both that ended better than before, each with the older one first.
        worse: results of both that ended worse.
        new: results of the newer alone.
        gone: results of the older alone: what is not asked any more cannot fail.
    """

    better: list[Pair] = field(default_factory=list)
    worse: list[Pair] = field(default_factory=list)
    new: list[Result] = field(default_factory=list)
    gone: list[Result] = field(default_factory=list)

    @property
    def regressed(self) -> bool:
        """Whether something is worse than it was, or fails that was not asked before."""
        return bool(self.worse) or any(result.outcome.is_failure for result in self.new)

    def lines(self) -> Iterator[str]:
        """What changed, the worst first, and the counts."""
        for word, pairs in (("worse", self.worse), ("better", self.better)):
            for old, new in pairs:
                why = f": {new.reason}" if new.reason else ""
                yield f"{word}: {new.title}: {old.outcome} is now {new.outcome}{why}"
        for result in self.new:
            if result.outcome.is_problem:
                yield f"new: {result.title}: {result.outcome}: {result.reason}"
        yield from (f"gone: {result.title}: was {result.outcome}" for result in self.gone)
        yield (
            f"{len(self.worse)} worse, {len(self.better)} better, {len(self.new)} new, {len(self.gone)} gone"
        )


def difference(old: Report, new: Report) -> Difference:
    """What changed from ``old`` to ``new``, in the order of each report."""
    before, after = ({result.title: result for result in report} for report in (old, new))
    both = [(before[key], result) for key, result in after.items() if key in before]
    return Difference(
        better=[pair for pair in both if RANK[pair[1].outcome] < RANK[pair[0].outcome]],
        worse=[pair for pair in both if RANK[pair[1].outcome] > RANK[pair[0].outcome]],
        new=[result for key, result in after.items() if key not in before],
        gone=[result for key, result in before.items() if key not in after],
    )
