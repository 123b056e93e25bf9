"""The command line: ``python -m conformance check | server | report | record | combine | diff | …``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from typing_extensions import override

import conformance
from conformance.commands import register

RENAMED = {"sabotage": "mutants"}
"""Old names of commands, which still work for one release."""

STATUSES = (
    "Exit status: 0 all passed; 1 something failed, or a part of the suite was not asked; 2 a file or "
    "an option cannot be used, or the run was interrupted; 3 an error of the suite itself; 4 no usable "
    "backend is declared; 5 no case was chosen."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    if given and (name := RENAMED.get(given[0])):
        sys.stderr.write(f"warning: 'conformance {given[0]}' is now called 'conformance {name}'\n")
        given[0] = name
    parser = argparse.ArgumentParser(
        prog="conformance", description="Conformance of LLM backends.", epilog=STATUSES
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the suite's version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    register(given[:1], commands)
    options = parser.parse_args(given)
    return int(options.run(options))


class _Version(argparse.Action):
    """Shows the version, which argparse's own action wants to know in every command."""

    @override
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"conformance {conformance.__version__}\n")
        parser.exit()
