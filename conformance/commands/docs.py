"""``conformance docs``: the catalogue as a page, docs/scenarios.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from conformance.commands.command import Subcommands, add_command, say
from conformance.runner.collection.bugs import Bug, known_bugs
from conformance.runner.collection.catalogue import Entry, entries

HEAD = """\
# The scenarios

Made by `make docs` from the scenarios themselves and from `conformance/scenarios/bugs/`; do not edit it.

{scenarios} scenarios in {groups} groups, {cases} cases with their parameters. Of {bugs} real bugs \
{covered} are covered by scenarios, {tested} by tests of this repository, {open} by nothing, with the reason.

A *whole* target is asked everything its wire allows; a scripted route of litellm is asked the core, \
which is marked *every target*. A *recorded* scenario plays what a real server said, where the target has \
recordings; a *script* is what the loopback server was told to say; a *derived* one is a recording, cut, \
delayed or replaced.
"""


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance docs``."""
    words = "write docs/scenarios.md: every scenario, its law and the real bugs behind it"
    add_command(commands, "docs", _write, words)


def _write(_: argparse.Namespace) -> int:
    """Write the page; a test fails where it is out of date."""
    file = Path("docs", "scenarios.md")
    file.write_text(page(entries(), known_bugs()), "utf-8")
    say(str(file))
    return 0


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
    return f"## {name}\n\n{_table(('scenario', 'law', 'cases', 'asked of', 'real bugs'), rows)}"


def _source(entry: Entry) -> str:
    if entry.group.startswith("derived"):
        return "derived"
    return "recorded" if entry.recorded else "script"


def _bugs(bugs: Sequence[Bug]) -> str:
    rows = [
        (f'<a id="{bug.id.lower()}"></a>{bug.id}', bug.title, ", ".join(bug.links), _covered_by(bug))
        for bug in bugs
    ]
    return f"## The real bugs\n\n{_table(('bug', 'what went wrong', 'seen in', 'covered by'), rows)}"


def _covered_by(bug: Bug) -> str:
    scenarios = [f"[{name}](#{_anchor(name)})" for name in bug.scenarios]
    covered = [*scenarios, *(f"`{test}`" for test in bug.tests)]
    return "; ".join([", ".join(covered), bug.reason] if covered and bug.reason else covered or [bug.reason])


def _anchor(scenario: str) -> str:
    return scenario.replace("/", "-")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
