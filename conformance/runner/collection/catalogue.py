"""Every scenario of the suite with its law, read from the scenario files."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from math import prod
from typing import Any

from conformance import SCENARIOS
from conformance.runner.collection.asked import Marks, marks_of_cases, names_of_cases
from conformance.runner.collection.scenario import RECORDED_FIXTURE, group_of, law_of
from conformance.runner.targets.target import Target

RECORDED_FIXTURES = frozenset({RECORDED_FIXTURE, "llm", "interview"})
"""A scenario with one of these fixtures asks a recorded server; every other plays a script."""


@dataclass(frozen=True)
class Entry:
    """One scenario.

    Attributes:
        group: the file that it is in.
        name: its name; its parameters make cases of it.
        law: what every backend must do, in a sentence or two.
        cases: how many cases its parameters make of it.
        asked_of: the targets that are asked, in words.
        recorded: whether its answers are recordings, where the target has them.
        kinds: the marks of each kind of its cases.
    """

    group: str
    name: str
    law: str
    cases: int
    asked_of: str
    recorded: bool
    kinds: Sequence[Marks]

    @property
    def id(self) -> str:
        """``group/name``."""
        return f"{self.group}/{self.name}"

    def admits(self, target: Target) -> bool:
        """Whether ``target`` may be asked one of its cases."""
        return any(marks.admit(target) for marks in self.kinds)


def entries() -> list[Entry]:
    """Every scenario, group by group, in the order of its file."""
    stems = sorted(path.stem for path in SCENARIOS.glob("test_*.py"))
    modules = [importlib.import_module(f"conformance.scenarios.{stem}") for stem in stems]
    return [_entry(group_of(module), test) for module in modules for test in _tests(module)]


def _tests(module: Any) -> Iterator[Callable[..., object]]:
    for name, value in vars(module).items():
        if name.startswith("test_") and inspect.isfunction(value) and value.__module__ == module.__name__:
            yield value


def _entry(group: str, test: Callable[..., object]) -> Entry:
    own, others = _marks(test), _marks(inspect.getmodule(test))
    marks = [*own, *others]
    return Entry(
        group=group,
        name=test.__name__.removeprefix("test_"),
        law=law_of(test),
        cases=prod(len(list(mark.args[1])) for mark in marks if mark.name == "parametrize"),
        asked_of=_asked_of({mark.name: mark for mark in reversed(marks)}, names_of_cases(marks)),
        recorded=not RECORDED_FIXTURES.isdisjoint(inspect.signature(test).parameters),
        kinds=marks_of_cases(own, others),
    )


def _marks(holder: object) -> list[Any]:
    """The marks of a test or of a file, whose ``pytestmark`` may be one mark or a list."""
    marks = getattr(holder, "pytestmark", [])
    return list(marks) if isinstance(marks, list) else [marks]


_NARROWED = {"sse": "with server-sent events", "asynchronous": "whose methods are awaited"}
"""The targets that are asked a scenario with such a mark, in words."""


def _asked_of(marks: dict[str, Any], of_cases: Set[str]) -> str:
    if "routes" in marks:
        others = {name: mark for name, mark in marks.items() if name != "routes"}
        return f"{_asked_of(others, of_cases)} and route"
    for narrowing, words in _NARROWED.items():
        if narrowing in marks:
            others = {name: mark for name, mark in marks.items() if name != narrowing}
            return f"{_asked_of(others, of_cases)} {words}"
    if "dialects" in of_cases:
        return "targets that speak the wire of a case"
    if "core" in marks:
        named, speaks, does = "every target", "speaks", "does"
    else:
        named, speaks, does = "targets with all scenarios", "speak", "do"
    if "dialects" not in marks:
        return named
    dialects = marks["dialects"]
    if dialects.args:
        return f"{named} that {speaks} {', '.join(dialects.args)}"
    return f"{named} that {does} not speak {', '.join(dialects.kwargs['but'])}"
