"""``conformance audit``: prints every finding in the committed recordings."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from conformance.commands.audit.files import Finding, check_files, files_of
from conformance.commands.audit.replay import check_results, replayed
from conformance.commands.command import Subcommands, add_command, say
from conformance.recording.secrets.patterns import ACCOUNTS, KEYS
from conformance.recording.secrets.unnamed import detectors
from conformance.report.counts import counted
from conformance.runner.targets.selection import project_targets
from conformance.runner.targets.target import CASSETTES, BindingError
from conformance.servers.hosted import secret_values


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance audit``."""
    words = "look for secrets, orphans and what no longer replays among the recordings"
    add_command(commands, "audit", lambda _: audit(Path(CASSETTES).absolute(), os.environ), words)


def audit(root: Path, environment: Mapping[str, str]) -> int:
    """Check every recording and snapshot in ``root``, also by replaying them.

    Args:
        root: the folder of the recordings, beside the pyproject.toml that declares their targets.
        environment: the environment variables; no file may contain the value of one that looks like a key.

    Returns:
        The exit status: 0 without a finding, else 1.
    """
    try:
        targets = project_targets(root.parent)
    except BindingError as error:
        say(str(error))
        return 1
    secrets = secret_values(environment)
    kinds = Counter(path.suffix for path in files_of(root))
    say(f"{counted(kinds['.yaml'], 'recording')} and {counted(kinds['.json'], 'snapshot')} below {root}")
    say(
        f"searching for {len(KEYS)} patterns of keys and the values of {counted(len(secrets), 'variable')} "
        f"in every encoding, {len(ACCOUNTS)} patterns of account data, with {len(detectors())} detectors of "
        "detect-secrets; checking each provenance"
    )
    found = list(check_files(root, targets, secrets, datetime.now(UTC)))
    say("replaying every recording, to find those that are orphaned, stale, missed or unplayed")
    results = replayed(root)
    found += check_results(root, results, targets)
    if not results:
        found.append(
            Finding(root.name, "", "could not be replayed", "to see why, run python -m conformance check")
        )
    for each in found:
        say(str(each))
    say(f"{counted(len(results), 'scenario')} replayed, {counted(len(found), 'finding')}")
    return 1 if found else 0
