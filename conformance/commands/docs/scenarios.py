"""docs/scenarios.md: the catalogue of scenarios and real bugs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.commands.docs.table import table
from conformance.runner.collection.bugs import Bug

if TYPE_CHECKING:
    from conformance.runner.collection.catalogue import Entry

HEAD = """\
# The scenarios

`make docs` writes this page from the scenarios and from `conformance/scenarios/bugs/`; do not edit it.

{scenarios} scenarios in {groups} groups make {cases} cases with their parameters. Of {bugs} real bugs, \
scenarios cover {covered} and tests of this repository {tested}; the other {open} are not covered, for the \
reason beside them.

A target with *all scenarios* runs everything that its dialect allows; a scripted target runs the core, \
which is marked *every target*; a *route*, one of many on the same wire, runs only what is marked so. A \
*recorded* scenario replays what a real server sent, where the target has recordings. In a *script* the \
loopback server sends what the scenario says. A *derived* answer is a recording that was cut, delayed or \
replaced.
"""


def page(scenarios: Sequence[Entry], bugs: Sequence[Bug]) -> str:
    """The whole page as Markdown."""
    head = HEAD.format(
        scenarios=len(scenarios),
        groups=len({entry.group for entry in scenarios}),
        cases=sum(entry.cases for entry in scenarios),
        bugs=len(bugs),
        covered=sum(bool(bug.scenarios) for bug in bugs),
        tested=sum(bool(bug.tests and not bug.scenarios) for bug in bugs),
        open=sum(not bug.scenarios and not bug.tests for bug in bugs),
    )
    groups = [_group(name, list(rows), bugs) for name, rows in groupby(scenarios, lambda entry: entry.group)]
    return "\n".join([head, *groups, _bugs(bugs)])


def _group(name: str, entries: Iterable[Entry], bugs: Sequence[Bug]) -> str:
    rows = [
        (
            f'<a id="{_anchor(entry.id)}"></a>`{entry.name}`',
            entry.law,
            str(entry.cases),
            f"{entry.asked_of}, {_source(entry)}",
            ", ".join(f"[{bug.id}](#{bug.id.lower()})" for bug in bugs if entry.id in bug.scenarios),
        )
        for entry in entries
    ]
    return f"## {name}\n\n{table(('scenario', 'law', 'cases', 'runs on', 'real bugs'), rows)}"


def _source(entry: Entry) -> str:
    if entry.group.startswith("derived"):
        return "derived"
    return "recorded" if entry.recorded else "script"


def _bugs(bugs: Sequence[Bug]) -> str:
    rows = [
        (f'<a id="{bug.id.lower()}"></a>{bug.id}', bug.title, ", ".join(bug.links), _covered_by(bug))
        for bug in bugs
    ]
    return f"## The real bugs\n\n{table(('bug', 'what went wrong', 'seen in', 'covered by'), rows)}"


def _covered_by(bug: Bug) -> str:
    scenarios = [f"[{name}](#{_anchor(name)})" for name in bug.scenarios]
    covered = [*scenarios, *(f"`{test}`" for test in bug.tests)]
    return "; ".join([", ".join(covered), bug.reason] if covered and bug.reason else covered or [bug.reason])


def _anchor(scenario: str) -> str:
    return scenario.replace("/", "-")
