"""What changed between two reports: better, worse, new and gone results, and changed requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from conformance.commands.compare.requests import Change, changes
from conformance.report.results import Outcome, Report, Result

RANK = {
    Outcome.PASSED: 0,
    Outcome.UNSUPPORTED: 1,
    Outcome.KNOWN_GAP: 2,
    Outcome.UNMEASURED: 3,
    Outcome.FAILED: 4,
    Outcome.ERRORED: 5,
}
"""From good to bad; a capability that worked and is now refused is worse, too."""

Pair = tuple[Result, Result]


@dataclass(frozen=True)
class Changed:
    """Requests of one target that changed at the same path, in cases that do not fail.

    Attributes:
        label: ``backend@target``.
        example: the change in the first case.
        cases: ``group/scenario`` of each.
    """

    label: str
    example: Change
    cases: list[str]

    def __str__(self) -> str:
        others = f" and {len(self.cases) - 1} more" if len(self.cases) > 1 else ""
        return f"{self.label} {self.cases[0]}{others}: {self.example}"


@dataclass
class Difference:
    """How a report differs from an older one.

    Attributes:
        better: pairs of an older and a newer result, where the newer is better.
        worse: such pairs where the newer is worse.
        new: results of the newer report alone.
        gone: results of the older report alone; a case that no longer runs cannot fail.
        requests: the changed requests of each case that has any, by its title.
        changed: those of cases that do not fail, by target and path; they alone make nothing worse.
    """

    better: list[Pair] = field(default_factory=list)
    worse: list[Pair] = field(default_factory=list)
    new: list[Result] = field(default_factory=list)
    gone: list[Result] = field(default_factory=list)
    requests: dict[str, list[Change]] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)

    @property
    def regressed(self) -> bool:
        """Whether something is worse than it was, or fails that did not run before."""
        return bool(self.worse) or any(result.outcome.is_failure for result in self.new)

    def lines(self) -> Iterator[str]:
        """What changed, the worst first, and the counts."""
        for word, pairs in (("worse", self.worse), ("better", self.better)):
            for old, new in pairs:
                why = f": {new.reason}" if new.reason else ""
                yield f"{word}: {new.title}: {old.outcome} is now {new.outcome}{why}"
                yield from (f"    changed request: {each}" for each in self.requests.get(new.title, ()))
        for result in self.new:
            if result.outcome.is_problem:
                yield f"new: {result.title}: {result.outcome}: {result.reason}"
        yield from (f"gone: {result.title}: was {result.outcome}" for result in self.gone)
        yield from (f"changed: {each}" for each in self.changed)
        sent = sum(len(each.cases) for each in self.changed)
        counts = (
            f"{len(self.worse)} worse, {len(self.better)} better, {len(self.new)} new, {len(self.gone)} gone"
        )
        yield f"{counts}, {sent} with changed requests"


def difference(old: Report, new: Report) -> Difference:
    """What changed from ``old`` to ``new``, in the order of each report."""
    before, after = ({result.title: result for result in report} for report in (old, new))
    both = [(before[key], result) for key, result in after.items() if key in before]
    requests = {pair[1].title: found for pair in both if (found := changes(*pair))}
    return Difference(
        better=[pair for pair in both if RANK[pair[1].outcome] < RANK[pair[0].outcome]],
        worse=[pair for pair in both if RANK[pair[1].outcome] > RANK[pair[0].outcome]],
        new=[result for key, result in after.items() if key not in before],
        gone=[result for key, result in before.items() if key not in after],
        requests=requests,
        changed=_grouped((new for _, new in both if not new.outcome.is_failure), requests),
    )


def _grouped(results: Iterable[Result], requests: dict[str, list[Change]]) -> list[Changed]:
    """Group the results by target and by the path of their first change, the largest group first."""
    found: dict[tuple[str, str], Changed] = {}
    for result in results:
        if result.title in requests:
            first = requests[result.title][0]
            key = (result.label, first.path)
            found.setdefault(key, Changed(result.label, first, [])).cases.append(result.id)
    return sorted(found.values(), key=lambda each: (each.label, -len(each.cases)))
