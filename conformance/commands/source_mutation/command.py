"""``conformance source-mutants``."""

from __future__ import annotations

import argparse

from conformance.commands.command import Subcommands, add_command, add_selection, selection


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance source-mutants``."""
    words = "change the source of the backends in one place at a time, and show what no scenario finds"
    mutants = add_command(commands, "source-mutants", _run, words)
    mutants.add_argument(
        "places", nargs="*", metavar="FILE[:LINE]", help="only in these files, folders or lines"
    )
    add_selection(mutants)
    mutants.add_argument("--sample", metavar="N", type=int, help="draw N of the mutants; without, all run")
    mutants.add_argument("--seed", metavar="N", type=int, default=0, help="draw others (%(default)s)")


def _run(options: argparse.Namespace) -> int:
    # Imported here: it imports the laws, whose assertions pytest rewrites for the other commands.
    from conformance.commands.source_mutation.run import run_source_mutants

    return run_source_mutants(options.places, selection(options), options.sample, options.seed)
