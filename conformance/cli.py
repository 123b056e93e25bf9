"""The command line: ``python -m conformance check | server | report | record | combine | diff | …``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from conformance import __version__
from conformance.commands import check, listing, report, server
from conformance.commands.audit import command as audit
from conformance.commands.compare import command as compare
from conformance.commands.docs import command as docs
from conformance.commands.mutation import command as mutation
from conformance.commands.record import command as record
from conformance.commands.source_mutation import command as source_mutation
from conformance.commands.torture import command as torture

COMMANDS = (check, server, report, listing, record, audit, docs, mutation, source_mutation, torture, compare)
"""The modules that add one command or several."""

RENAMED = {"sabotage": "mutants"}
"""Old names of commands, which still work for one release."""

STATUSES = (
    "Exit status: 0 all passed; 1 something failed, or a part of the suite was not asked; 2 a file or "
    "an option cannot be used, or the run was interrupted; 3 an error of the suite itself; 4 no usable "
    "backend is declared; 5 no case was chosen."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="conformance", description="Conformance of LLM backends.", epilog=STATUSES
    )
    parser.add_argument("--version", action="version", version=f"conformance {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.register(commands)
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    if given and (name := RENAMED.get(given[0])):
        sys.stderr.write(f"warning: 'conformance {given[0]}' is now called 'conformance {name}'\n")
        given[0] = name
    options = parser.parse_args(given)
    return int(options.run(options))
