"""Failures grouped by their cause: one mistake of a backend may fail hundreds of cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.report.results import Outcome, Result


@dataclass(frozen=True)
class Group:
    """The failures with one cause.

    Attributes:
        outcome: how they ended.
        cause: the cause.
        results: the failures, in the order of the run.
    """

    outcome: Outcome
    cause: str
    results: list[Result]

    @property
    def example(self) -> Result:
        """The first failure."""
        return self.results[0]

    @property
    def laws(self) -> list[tuple[str, list[Result]]]:
        """The broken laws, each with its failures, the most frequent first."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.law or result.id, []).append(result)
        return sorted(found.items(), key=lambda item: -len(item[1]))


def by_cause(results: Iterable[Result]) -> list[Group]:
    """The failures among ``results``, errors before failed assertions, the most frequent cause first."""
    found: dict[tuple[Outcome, str], list[Result]] = {}
    for result in results:
        if result.outcome.is_failure:
            found.setdefault((result.outcome, result.cause or result.reason), []).append(result)
    groups = [Group(*key, results) for key, results in found.items()]
    return sorted(groups, key=lambda group: (group.outcome is not Outcome.ERRORED, -len(group.results)))
