"""The commands that compare runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from conformance.commands.compare.difference import difference
from conformance.commands.compare.matrix import Table, Version, markdown, shown
from conformance.commands.report import UNUSABLE, Say, say_doubts
from conformance.report.file import ResultsError, read


def diff(old: Path, new: Path, say: Say) -> int:
    """Show what changed between two results files; the exit status is 1 where something got worse.

    An incomplete file is compared as far as it goes; the exit status is then 2 where nothing got worse.
    """
    try:
        before, after = read(old), read(new)
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    say_doubts(old, before, say)
    say_doubts(new, after, say)
    found = difference(before, after)
    for line in found.lines():
        say(line)
    if found.regressed:
        return 1
    return UNUSABLE if before.is_incomplete or after.is_incomplete else 0


def versions(groups: Sequence[Sequence[str]], beyond: Collection[Path], output: Path, say: Say) -> int:
    """Show what each version of each SDK breaks, and write the same as Markdown.

    Args:
        groups: for each SDK its name and the results files of its versions; the others are compared with the
            first.
        beyond: the files of versions that the project does not admit, which may break anything.
        output: the Markdown file.
        say: shows a line to the user.

    Returns:
        The exit status: 1 where a version that is admitted breaks something, 2 where a file cannot be used.
    """
    try:
        tables = [_table(name, [Path(file) for file in files], beyond) for name, *files in groups]
    except (ResultsError, OSError) as error:
        say(str(error))
        return UNUSABLE
    for table in tables:
        for line in shown(table):
            say(line)
    output.write_bytes(markdown(tables).encode("utf-8", "backslashreplace"))
    say(str(output))
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
