"""One run of the recorder: rehearse, record, replay, compare, replace the cassettes that changed, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from conformance.commands.command import UNUSABLE, say
from conformance.commands.record.budget import Budget
from conformance.commands.record.rehearsal import affordable
from conformance.commands.record.rounds import record_live
from conformance.commands.record.selection import Selection
from conformance.commands.record.verify import verified
from conformance.commands.record.workspace import (
    ForeignWorkspaceError,
    RecorderBusyError,
    Workspace,
    exclusive_workspace,
)
from conformance.recording.playback.commands import rerecord
from conformance.report.counts import counted
from conformance.runner.targets.target import BindingError, Target

_SAFE = "each cassette is either as it was, or new and verified"


def record(selection: Selection) -> int:
    """Record the selection, of every target that needs no key or whose key is in the environment.

    Args:
        selection: the scenarios and targets to record.

    Returns:
        The exit status: 0 when everything was recorded, 1 when something was not, 2 when another recorder
        is running, a file cannot be written or ``--max-cost`` is too low, 130 when the user interrupted it.
        A cassette that was not recorded and verified stays as it was.
    """
    try:
        targets = selection.targets()
    except BindingError as error:
        say(str(error))
        return 1
    return alone(selection.root, lambda workspace: _record(workspace, selection, targets))


def alone(root: Path, work: Callable[[Workspace], int], purpose: str = "recording") -> int:
    """Do ``work`` as the only recorder of ``root``; returns the exit status."""
    try:
        with exclusive_workspace(root, purpose) as workspace:
            return work(workspace)
    except (RecorderBusyError, ForeignWorkspaceError) as error:
        say(str(error))
        return UNUSABLE
    except KeyboardInterrupt:
        say(f"interrupted: {_SAFE}; run the same command again")
        return 130
    except OSError as error:
        say(f"stopped: {error}")
        say(f"{_SAFE}; once this is mended, run the same command again")
        return UNUSABLE


def _record(
    workspace: Workspace,
    selection: Selection,
    targets: Sequence[Target],
) -> int:
    hosts = affordable(selection, targets)
    if hosts is None:
        return 2
    budget = Budget(targets, hosts, selection.max_cost)
    live = record_live(workspace, selection.options, hosts, budget)
    if not live.results and not live.left:
        say("nothing was recorded: no scenario was selected, or none could be collected")
        return 1
    summary = verified(workspace, selection, live.results)
    for title in live.left:
        summary.count(title.partition(" ")[0], "left")
    for line in summary.lines(budget):
        say(line)
    if live.left:
        say(f"{counted(len(live.left), 'scenario')} got no answer; to record what is left:")
        for title in sorted(live.left):
            say(f"    {rerecord(*title.split(' '))}")
    return 1 if summary.failed or live.left else 0
