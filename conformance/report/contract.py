"""Which tier of the contract a backend keeps: the base, and each extension for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.counts import counted
from conformance.report.results import BASE, Outcome, Result


@dataclass(frozen=True)
class Tier:
    """How a backend keeps one tier.

    Attributes:
        name: ``base`` or an extension.
        passed: its cases that passed.
        failed: those that failed or crashed.
        missing: the cases, of whichever tier, that could not judge it because the backend lacks it.
    """

    name: str
    passed: int
    failed: int
    missing: int

    def __str__(self) -> str:
        judged = self.passed + self.failed
        missing = f"not judged in {counted(self.missing, 'case')}" if self.missing else ""
        return "; ".join(filter(None, [f"{self.passed} of {judged}" if judged else "", missing]))


def tiers(results: Sequence[Result]) -> list[Tier]:
    """Every tier of which ``results`` know something, the base first."""
    seen = sorted({name for result in results for name in (result.tier, *result.missing)} - {BASE})
    found = [_tier(name, results) for name in (BASE, *seen)]
    return [each for each in found if each.passed or each.failed or each.missing]


def _tier(name: str, results: Sequence[Result]) -> Tier:
    own = [result.outcome for result in results if result.tier == name]
    failed = sum(outcome.is_failure for outcome in own)
    missing = sum(name in result.missing for result in results)
    return Tier(name, own.count(Outcome.PASSED), failed, missing)
