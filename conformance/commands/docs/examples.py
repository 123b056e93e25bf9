"""The numbers of the examples: README's table of libraries, and the counts of docs/findings.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from conformance.commands.docs.parts import part, with_part
from conformance.commands.docs.table import table
from conformance.report.libraries import Library

NAME = "libraries"
BLOCKS = {"good": "█", "quiet": "░", "gap": "▒", "bad": "✗"}
"""The characters of a bar, by the kind of its parts."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def with_libraries(readme: str, findings: str, found: Sequence[Library], day: date) -> str:
    """The README with its table of libraries; where nothing else has changed, the day stays.

    Args:
        readme: its present text.
        findings: the text of docs/findings.md.
        found: the libraries.
        day: that of their run.
    """
    rows = [
        (
            f"{each.name} {each.version}",
            f"`{bar(each)}` {each.summary}",
            f"[{differences(findings, each.name)}](docs/findings.md#{each.name})",
            f"{each.finding} ([upstream]({each.link}))",
        )
        for each in found
    ]
    text = table(("library", "the core of the suite", "found", "one of its bugs"), rows)
    text += f"\nRun {day}. {BLOCKS['good']} passed, where the example has worked around a bug too; "
    text += f"{BLOCKS['gap']} known gap; {BLOCKS['quiet']} unsupported; {BLOCKS['bad']} failed.\n"
    same = _DAY.sub("", part(readme, NAME)) == _DAY.sub("", text)
    return readme if same else with_part(readme, NAME, text)


def with_counts_of(findings: str, found: Sequence[Library], day: date) -> str:
    """docs/findings.md with the counts of each library, and the day on which one last changed.

    Raises:
        ValueError: it has no section on a library, or no line with its counts.
    """
    changed = findings
    for each in found:
        line = rf"^## {re.escape(each.name)}\n\n[^:\n]*: (\d+ of \d+ passed[^\n]*)$"
        counts = re.search(line, changed, re.MULTILINE)
        if counts is None:
            raise ValueError(f"docs/findings.md has no counts of {each.name}: N of N passed")
        changed = f"{changed[: counts.start(1)]}{each.summary}.{changed[counts.end(1) :]}"
    return findings if changed == findings else with_part(changed, "run", f"Run {day}.\n")


def differences(findings: str, name: str) -> int:
    """How many rows the tables of a section have: what was found of a library, each in a row of its own."""
    section = findings.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return len(lines) - 2 * len([line for line in lines if line.startswith("|---")])


def bar(library: Library) -> str:
    """A line of blocks."""
    return "".join(BLOCKS[kind] * width for kind, width in library.bar)
