"""``conformance list``: the targets of this project, and the groups and scenarios of the suite."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from conformance.commands.command import UNUSABLE, Subcommands, add_command, say
from conformance.report.counts import counted
from conformance.report.terminal import rendered
from conformance.runner.targets.selection import project_targets
from conformance.runner.targets.target import BindingError

if TYPE_CHECKING:
    from conformance.runner.collection.catalogue import Entry


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance list``."""
    listing = add_command(commands, "list", run, "show the targets, or the groups and scenarios of the suite")
    listing.add_argument("what", choices=[*_TABLES], help="what to list")


def run(options: argparse.Namespace) -> int:
    """Show the table that the options name."""
    try:
        heads, rows = _TABLES[options.what]
        table = Table(box=None)
        for head in heads:
            table.add_column(head)
        for row in rows():
            table.add_row(*row)
    except BindingError as error:
        say(str(error))
        return UNUSABLE
    for line in rendered(table).splitlines():
        say(line)
    return 0


def _targets() -> Iterator[tuple[str, ...]]:
    for target in project_targets(Path.cwd()):
        yield target.label, target.model, target.dialect, target.source, target.scenarios


def _entries() -> list[Entry]:
    # Imported here: it imports the laws, whose assertions pytest rewrites for the other commands.
    from conformance.runner.collection.catalogue import entries

    return entries()


def _groups() -> Iterator[tuple[str, ...]]:
    groups: dict[str, list[int]] = {}
    for entry in _entries():
        groups.setdefault(entry.group, []).append(entry.cases)
    for group, cases in groups.items():
        yield group, counted(len(cases), "scenario"), counted(sum(cases), "case")


def _scenarios() -> Iterator[tuple[str, ...]]:
    for entry in _entries():
        yield entry.id, entry.asked_of, entry.law


_TABLES = {
    "targets": (("target", "model", "dialect", "answers", "scenarios"), _targets),
    "groups": (("group", "", ""), _groups),
    "scenarios": (("scenario", "asked of", "law"), _scenarios),
}
