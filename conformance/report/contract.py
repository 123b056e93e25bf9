"""Which tier of the contract a backend keeps: the base, and each extension for itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.results import Outcome, Result
from conformance.spec.contract import BASE, EXTENSIONS, FIELDS, GROUPS

_FIELD = re.compile(r"`(\w+)`")
"""How the cause of a failure names the attribute that was wrong."""


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
        if not judged:
            return f"none: {self.missing} cases not judged"
        beside = f"; missing in {self.missing} cases" if self.missing else ""
        return f"{self.passed} of {judged}{beside}"


def tiers(results: Sequence[Result]) -> list[Tier]:
    """Every tier of which ``results`` know something, the base first."""
    judged = [result for result in results if result.outcome is not Outcome.NOT_JUDGED]
    found = []
    for name in (BASE, *EXTENSIONS):
        own = [result for result in judged if tier_of(result) == name]
        failed = sum(result.outcome.is_failure for result in own)
        passed = sum(result.outcome is Outcome.PASSED for result in own)
        missing = sum(name in result.missing for result in results)
        if passed or failed or missing:
            found.append(Tier(name, passed, failed, missing))
    return found


def tier_of(result: Result) -> str:
    """The tier that a case judges; a failure belongs to the extension whose attribute was wrong."""
    named = _FIELD.match(result.cause) if result.outcome.is_failure else None
    return FIELDS.get(named[1] if named else "", GROUPS.get(result.group, BASE))
