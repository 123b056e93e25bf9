"""``conformance diff`` and ``conformance versions``."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

from conformance.commands.command import UNUSABLE, Subcommands, add_command, say
from conformance.commands.compare.difference import difference
from conformance.commands.compare.matrix import Table, Version, markdown, shown
from conformance.commands.report import say_doubts
from conformance.report.file import ResultsError, read


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    words = "show what changed between two runs, requests too; exit with 1 where something got worse"
    diff = add_command(commands, "diff", _diff, words)
    diff.add_argument("old", metavar="OLD", type=Path)
    diff.add_argument("new", metavar="NEW", type=Path)
    words = "show what each version of an SDK breaks, from a results file of each"
    versions = add_command(commands, "versions", _versions, words)
    versions.add_argument(
        "--of",
        metavar=("SDK", "FILE"),
        nargs="+",
        action="append",
        required=True,
        help="the results of an SDK's versions; all are compared with the first file",
    )
    words = "the results of a version that the project does not admit: what it breaks fails nothing"
    versions.add_argument("--beyond", metavar="FILE", type=Path, action="append", default=[], help=words)
    versions.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)


def _diff(options: argparse.Namespace) -> int:
    """Show what changed between two results files; the exit status is 1 where something got worse.

    An incomplete file is compared as far as it goes; the exit status is then 2 where nothing got worse.
    """
    try:
        before, after = read(options.old), read(options.new)
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    say_doubts(options.old, before)
    say_doubts(options.new, after)
    found = difference(before, after)
    for line in found.lines():
        say(line)
    if found.regressed:
        return 1
    return UNUSABLE if before.is_incomplete or after.is_incomplete else 0


def _versions(options: argparse.Namespace) -> int:
    """Show what each version of each SDK breaks, and write the same as Markdown.

    The exit status is 1 where a version that is admitted breaks something, 2 where a file cannot be used.
    """
    try:
        tables = [_table(name, [Path(file) for file in files], options.beyond) for name, *files in options.of]
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    for table in tables:
        for line in shown(table):
            say(line)
    options.output.write_bytes(markdown(tables).encode("utf-8", "backslashreplace"))
    say(str(options.output))
    if any(each.report.is_incomplete for table in tables for each in table.versions):
        return UNUSABLE
    return int(any(each.broken and not each.beyond for table in tables for each in table.versions))


def _table(sdk: str, files: Sequence[Path], beyond: Collection[Path]) -> Table:
    reports = [read(file) for file in files]
    return Table(
        sdk,
        [
            Version(report, reports[0], beyond=file in beyond)
            for file, report in zip(files, reports, strict=True)
        ],
    )
