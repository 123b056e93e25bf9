"""Decides by the marks of a scenario which targets it is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from conformance.report.results import Source
from conformance.runner.collection.scenario import Scenario
from conformance.runner.targets.target import Target
from conformance.servers.scripted.dialects import dialect

LARGEST_OVERFLOWN = 200_000
"""Tokens of the largest context that a scenario exceeds, with a megabyte; a script covers larger ones."""


@dataclass(frozen=True)
class Marks:
    """The marks of a scenario and of one of its cases.

    Attributes:
        closest: of the marks of one name, the closest to the test.
    """

    closest: Mapping[str, pytest.Mark]

    @classmethod
    def of(cls, marks: Iterable[pytest.Mark]) -> Marks:
        """Those of a test with its case, the closest first."""
        return cls({mark.name: mark for mark in reversed([*marks])})

    def admit(self, target: Target, scenario: Scenario | None = None) -> bool:
        """Whether ``target`` is asked ``scenario``; where that is None, whether it may be asked any."""
        provoked, routes = self.closest.get("provoked"), self.closest.get("routes")
        if target.scenarios == "routes":
            if routes is None:
                return False
            if routes.args and scenario is not None and scenario.case not in routes.args:
                return False
        elif provoked is not None and target.source == "script":
            if target.hosted is None or (scenario is not None and scenario.source is not Source.RECORDING):
                return False
            if "key" in provoked.args and not target.hosted.key:
                return False
        elif target.scenarios == "core" and "core" not in self.closest:
            return False
        return self._fit(target)

    def _fit(self, target: Target) -> bool:
        """Whether the target has what the scenario is about: a capability, a mistake, a size, a wire."""
        find = self.closest.get
        if (without := find("without")) and target.capabilities.get(without.args[0]) is not False:
            return False
        if (refused := find("refused")) and refused.args[0] in target.accepts:
            return False
        if find("overflows") and not 0 < target.context <= LARGEST_OVERFLOWN:
            return False
        if find("asynchronous") and target.asynchronous is False:
            return False
        if find("sse") and not dialect(target.dialect).stream_type.startswith("text/event-stream"):
            return False
        if (wires := find("dialects")) is None:
            return True
        return target.dialect in wires.args if wires.args else target.dialect not in wires.kwargs["but"]


def marks_of_cases(own: Sequence[pytest.Mark], others: Sequence[pytest.Mark]) -> list[Marks]:
    """The marks that the cases of a scenario of the suite have, those of each kind of case once.

    Args:
        own: those of the test itself, which come before those of a case.
        others: those of its file, which come after them.
    """
    lists = [mark.args[1] for mark in own if mark.name == "parametrize"]
    of_cases = product(*map(_kinds, lists))
    return [Marks.of([*own, *(mark for part in parts for mark in part), *others]) for parts in of_cases]


def names_of_cases(marks: Sequence[pytest.Mark]) -> frozenset[str]:
    """The names of the marks that the cases of a scenario of the suite have beside its own."""
    lists = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    return frozenset(mark.name for cases in lists for kind in _kinds(cases) for mark in kind)


def _kinds(cases: Iterable[Any]) -> list[list[pytest.Mark]]:
    kinds: list[list[pytest.Mark]] = []
    for case in cases:
        # What a list of parameters holds may be decorators, which have the mark.
        if (kind := [*_marks_of(case)]) not in kinds:
            kinds.append(kind)
    return kinds


def _marks_of(case: Any) -> Iterator[pytest.Mark]:
    for mark in getattr(case, "marks", ()):
        yield getattr(mark, "mark", mark)
