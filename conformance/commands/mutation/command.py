"""``conformance mutants``."""

from __future__ import annotations

import argparse

from conformance.commands.command import Subcommands, add_command
from conformance.commands.mutation.run import run_mutants


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance mutants``."""
    words = "run the suite on mutants of a backend, and show which scenarios kill each of them"
    mutants = add_command(
        commands,
        "mutants",
        lambda options: run_mutants(options.backend, options.only, whole=options.whole),
        words,
    )
    mutants.add_argument(
        "--backend", metavar="NAME@TARGET", default="openai@engine", help="mutate this (%(default)s)"
    )
    mutants.add_argument("--only", metavar="PATTERN", help="run only these mutants, e.g. 'leaks_*'")
    mutants.add_argument(
        "--whole", action="store_true", help="run the whole suite on each, not only the group of its law"
    )
