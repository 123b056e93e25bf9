"""``conformance record`` and ``conformance drift``."""

from __future__ import annotations

import argparse
from pathlib import Path

from conformance.commands.command import Subcommands, add_command, add_selection
from conformance.commands.record.drift import look_for_drift
from conformance.commands.record.rehearsal import dry_run
from conformance.commands.record.run import record
from conformance.commands.record.selection import Selection
from conformance.runner.targets.target import CASSETTES


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    words = "record again from the embedded engine, and from every hosted server whose key is set"
    recorder = add_command(commands, "record", _record, words)
    words = "record into a scratch folder and show what changed since the recordings were made"
    drift = add_command(commands, "drift", _drift, words)
    for command in (recorder, drift):
        add_selection(command)
        command.add_argument(
            "--max-cost", metavar="DOLLARS", type=float, default=10.0, help="spend at most this (%(default)s)"
        )
    recorder.add_argument(
        "--dry-run", action="store_true", help="only show what would be sent, needed and spent at most"
    )
    drift.add_argument("--markdown", metavar="FILE", type=Path, help="write the report for a pull request")


def _record(options: argparse.Namespace) -> int:
    return (dry_run if options.dry_run else record)(_selection(options))


def _drift(options: argparse.Namespace) -> int:
    return look_for_drift(_selection(options), options.markdown)


def _selection(options: argparse.Namespace) -> Selection:
    return Selection(Path(CASSETTES).absolute(), options.target, options.scenario, options.max_cost)
