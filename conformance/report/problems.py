"""The problems of a run as a terminal shows them: by cause, each with an example and the broken laws."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator

from conformance.report.causes import Group, by_cause
from conformance.report.counts import counted
from conformance.report.results import Fault, Report

COLUMNS = 80
"""Columns of the narrowest terminal; only commands, which are copied, are longer."""

_COMMAND = re.compile(r" *(python -m \w+(?: \w+(?= --))?(?: --[\w-]+(?: [\w@./-]*\w)?)*) *")
"""A command in a message: a module, perhaps a command of it, and options with or without a value."""

LAWS = 3
"""How many of the laws are named that one cause breaks."""


def problems(report: Report) -> list[str]:
    """The failures by cause, each with an example and the laws that it breaks; then what else counts."""
    command = report.header.get("command", "python -m pytest")
    own = {
        f"{each['backend']}@{each['target']}": each.get("command")
        for each in report.header.get("backends", ())
    }
    groups = by_cause(report)
    lines = [line for each in groups for line in _group(each, own.get(each.example.label) or command)]
    others = (result for result in report.problems() if not result.outcome.is_failure)
    return [*lines, *(f"{result.outcome}: {result.title}: {result.reason}" for result in others)]


def _group(group: Group, command: str) -> Iterator[str]:
    example = group.example
    yield from _wrapped(f"{counted(len(group.results), 'case')} {group.outcome}: ", group.cause, indent=4)
    yield f"    e.g. {example.title}"
    if example.got or example.expected:
        yield from _wrapped("    got      ", example.got)
    if example.expected:
        yield from _wrapped("    expected ", example.expected)
    laws = group.laws
    for law, results in laws[:LAWS]:
        yield from _wrapped("    law      ", f"{law}{f' ({len(results)})' if len(laws) > 1 else ''}")
    if len(laws) > LAWS:
        yield f"             and {len(laws) - LAWS} more {'law' if len(laws) == LAWS + 1 else 'laws'}"
    if example.fault is Fault.SNAPSHOT:
        yield from _wrapped("    stored   ", example.reason)
    # Not wrapped: who copies it needs it in one piece.
    yield f"    again    {command} {shlex.quote(example.rerun)}"


def _wrapped(name: str, text: str, indent: int = 13) -> Iterator[str]:
    """A fact in lines that fit the terminal; lines that fit stay as they are, and a command is never cut."""
    for line in text.splitlines() or [""]:
        fits = len(name + line) <= COLUMNS
        for part in [line] if fits else filter(None, _COMMAND.split(line)):
            room = textwrap.TextWrapper(
                COLUMNS,
                initial_indent=name,
                subsequent_indent=" " * indent,
                replace_whitespace=False,
                break_on_hyphens=False,
            )
            is_whole = len(name + part) <= COLUMNS or _COMMAND.fullmatch(part)
            yield from [name + part] if is_whole else room.wrap(part)
            name = " " * indent
