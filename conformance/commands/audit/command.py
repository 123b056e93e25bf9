"""``conformance audit``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from conformance.commands.audit import audit
from conformance.commands.command import Subcommands, add_command, say
from conformance.runner.targets.target import CASSETTES


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance audit``."""
    words = "look for secrets, orphans and what no longer replays among the recordings"
    add_command(commands, "audit", lambda _: audit(Path(CASSETTES).resolve(), os.environ, say), words)
