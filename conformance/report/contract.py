"""Which tier of the contract a backend keeps: the base, and each extension for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.report.counts import counted
from conformance.report.parts import Part, parts
from conformance.report.results import BASE, Outcome, Result


@dataclass(frozen=True)
class Tier:
    """How a backend keeps one tier.

    Attributes:
        name: ``base`` or an extension.
        judged: its cases that passed, failed or crashed, in the parts of the report.
        missing: the cases, of whichever tier, that could not judge it because the backend lacks it.
    """

    name: str
    judged: Sequence[Part]
    missing: int

    @property
    def passed(self) -> int:
        """How many of its cases passed."""
        return sum(part.passed for part in self.judged)

    @property
    def failed(self) -> int:
        """How many of its cases failed or crashed."""
        return sum(len(part.results) - part.passed for part in self.judged)

    def __str__(self) -> str:
        scores = [f"{part.passed} of {len(part.results)} {part.short}".rstrip() for part in self.judged]
        missing = f"not judged in {counted(self.missing, 'case')}" if self.missing else ""
        return "; ".join(filter(None, [", ".join(scores), missing]))


def tiers(results: Sequence[Result]) -> list[Tier]:
    """Every tier of which ``results`` know something, the base first."""
    seen = sorted({name for result in results for name in (result.tier, *result.missing)} - {BASE})
    found = [_tier(name, results) for name in (BASE, *seen)]
    return [each for each in found if each.judged or each.missing]


def _tier(name: str, results: Sequence[Result]) -> Tier:
    judged = [replace(part, results=_judged(name, part.results)) for part in parts(results)]
    missing = sum(name in result.missing for result in results)
    return Tier(name, [part for part in judged if part.results], missing)


def _judged(name: str, results: Sequence[Result]) -> list[Result]:
    own = (result for result in results if result.tier == name)
    return [each for each in own if each.outcome is Outcome.PASSED or each.outcome.is_failure]
