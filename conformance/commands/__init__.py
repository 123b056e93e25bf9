"""The commands behind ``python -m conformance``, a folder or a file each."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module

COMMANDS: Mapping[str, str] = {
    "check": "check",
    "server": "server",
    "report": "report",
    "combine": "report",
    "list": "listing",
    "record": "record.command",
    "drift": "record.command",
    "audit": "audit.command",
    "docs": "docs.command",
    "mutants": "mutation.command",
    "source-mutants": "source_mutation.command",
    "torture": "torture.command",
    "diff": "compare.command",
    "versions": "compare.command",
}
"""For each command the module that adds it."""


def register(asked: Sequence[str], commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that is asked; where it is none of these, all of them, to be shown.

    The modules of the others are not imported: that takes longer than most commands do.
    """
    modules = [COMMANDS[name] for name in asked if name in COMMANDS] or [*dict.fromkeys(COMMANDS.values())]
    for module in modules:
        import_module(f"{__name__}.{module}").register(commands)
