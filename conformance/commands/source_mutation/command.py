"""``conformance source-mutants``."""

from __future__ import annotations

import argparse

from conformance.commands.command import Subcommands, add_command, add_selection, selection
from conformance.commands.source_mutation.run import run_source_mutants


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance source-mutants``."""
    words = "change the source of the backends in one place at a time, and show what no scenario finds"
    mutants = add_command(
        commands,
        "source-mutants",
        lambda options: run_source_mutants(options.places, selection(options), options.sample, options.seed),
        words,
    )
    mutants.add_argument(
        "places", nargs="*", metavar="FILE[:LINE]", help="only in these files, folders or lines"
    )
    add_selection(mutants)
    mutants.add_argument("--sample", metavar="N", type=int, help="draw N of the mutants; without, all run")
    mutants.add_argument("--seed", metavar="N", type=int, default=0, help="draw others (%(default)s)")
