"""``conformance audit``: all that can be said of the committed recordings, and the exit status for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from conformance.commands.audit.detectors import detectors
from conformance.commands.audit.files import files_of, look_at_files
from conformance.commands.audit.finding import Finding
from conformance.commands.audit.replay import look_at_results, replayed
from conformance.recording.secrets.patterns import ACCOUNTS, KEYS
from conformance.runner.targets.selection import project_targets
from conformance.runner.targets.target import BindingError
from conformance.servers.hosted import secret_values


def audit(root: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Look at every recording and snapshot in ``root`` and replay what is recorded.

    Args:
        root: the folder of the recordings, beside the pyproject.toml that declares their targets.
        environment: variables; what looks like a key among them must not be found.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when nothing was found, else 1.
    """
    try:
        targets = project_targets(root.parent)
    except BindingError as error:
        say(str(error))
        return 1
    secrets = secret_values(environment)
    kinds = Counter(path.suffix for path in files_of(root))
    say(f"{kinds['.yaml']} recordings and {kinds['.json']} snapshots below {root}")
    say(
        f"secrets: {len(KEYS)} shapes of keys and the values of {len(secrets)} variables in every form, "
        f"{len(ACCOUNTS)} shapes of account data, {len(detectors())} detectors of detect-secrets; "
        "and where each recording says that it comes from"
    )
    found = list(look_at_files(root, targets, secrets, datetime.now(UTC)))
    say("orphaned, stale, missed, unplayed: by replaying what is recorded")
    results = replayed(root)
    found += look_at_results(root, results)
    if not results:
        found.append(
            Finding(root.name, "", "could not be replayed at all", "see why with python -m conformance check")
        )
    for each in found:
        say(str(each))
    say(f"{len(results)} scenarios replayed, {len(found)} findings")
    return 1 if found else 0
