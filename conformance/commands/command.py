"""What all commands share: how they register themselves, what narrows a run, and how they show a line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance import PLUGIN, SUITE
from conformance.patterns import Patterns
from conformance.printable import printable

Subcommands = argparse._SubParsersAction
"""The commands of the command line; each module of a command adds its own."""

RESTARTS = 1000
"""How many workers may crash in a run; each target is given up long before."""

FAILED = 1
"""The exit status when something failed; this one and the next are pytest's, which takes long to import."""

UNUSABLE = 2
"""The exit status when a file cannot be read or written, as for an invalid command line."""

SUITE_BROKEN = 3
"""The exit status of an error of the suite itself."""

USAGE = 4
"""The exit status when no backend is declared that could be used, or none as the command line names it."""


def add_command(
    commands: Subcommands[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    description: str,
) -> argparse.ArgumentParser:
    """Add a command; ``run`` takes the parsed options and returns the exit status."""
    parser = commands.add_parser(name, help=description, description=description)
    parser.set_defaults(run=run)
    return parser


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the options that narrow a run."""
    for option, example in (("--target", "'litellm@*,openai'"), ("--scenario", "'tools/call-*,stream'")):
        parser.add_argument(
            option, metavar="PATTERNS", action=Patterns, help=f"run only these, e.g. {example}"
        )


def selection(options: argparse.Namespace) -> list[str]:
    """The arguments with which pytest runs the chosen scenarios only."""
    return given({"--target": options.target, "--scenario": options.scenario})


def suite_arguments(project: Path, suite: str = SUITE) -> list[str]:
    """The arguments with which pytest runs the suite on the backends that the folder ``project`` binds."""
    # The caller has imported parts of the package already; modules with assertions are not among them.
    quiet = ["-W", "ignore:Module already imported so cannot be rewritten"]
    # Without -c pytest would look for settings in the folder that the suite is installed in.
    settings = project / "pyproject.toml"
    config = ["-c", str(settings)] if settings.is_file() else []
    return ["--pyargs", suite, "--rootdir", str(project), *config, "-p", PLUGIN, *quiet]


def matrix_arguments(options: argparse.Namespace, workers: str = "1") -> list[str]:
    """The arguments with which pytest runs the chosen scenarios and shows the matrix.

    There is always a worker, which a backend may crash or hold for ever: another one goes on.
    """
    # The matrix tells each cause with the command that shows pytest's own words.
    shown = ["-q", "-rN", "--tb=no", "--matrix"]
    isolated = ["-n", workers, f"--max-worker-restart={RESTARTS}", "--maxfail=0"]
    return [*suite_arguments(Path.cwd()), *shown, *selection(options), *isolated]


def given(options: Mapping[str, object]) -> list[str]:
    """The command-line arguments for those ``options`` that have a value."""
    return [part for name, value in options.items() if value for part in (name, str(value))]


def say(line: str) -> None:
    """Show a line, or some, at once, also where the output is a pipe; words of a server drive no terminal."""
    sys.stdout.write(printable(line) + "\n")
    sys.stdout.flush()
