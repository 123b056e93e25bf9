"""One run of the recorder: rehearse, record, replay, compare, put in place, and say what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from conformance.commands.record.budget import Budget, dollars
from conformance.commands.record.journal import Journal
from conformance.commands.record.rehearsal import affordable
from conformance.commands.record.rounds import Say, recorded_live
from conformance.commands.record.selection import Selection
from conformance.commands.record.verify import verified
from conformance.commands.record.workspace import RecorderBusyError, Workspace, exclusive_workspace
from conformance.runner.targets.target import BindingError, Target


def record(selection: Selection, environment: Mapping[str, str], say: Say) -> int:
    """Record what is chosen, of every target that needs no key or whose key ``environment`` holds.

    Args:
        selection: what is recorded.
        environment: the variables of whoever records.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when everything was recorded, 1 when something was not, 2 when another recorder
        is at work or the budget does not reach, 130 when it was interrupted. What was not recorded and
        verified is left as it was.
    """
    try:
        targets = selection.targets()
    except BindingError as error:
        say(str(error))
        return 1
    return alone(
        selection.root, say, lambda workspace: _record(workspace, selection, targets, environment, say)
    )


def alone(root: Path, say: Say, work: Callable[[Workspace], int], purpose: str = "recording") -> int:
    """Do the work of the only recorder of ``root``; gives its exit status, or why there was none."""
    try:
        with exclusive_workspace(root, purpose) as workspace:
            return work(workspace)
    except RecorderBusyError as busy:
        say(str(busy))
        return 2
    except KeyboardInterrupt:
        say("interrupted: every cassette is as it was, or wholly new and verified; the same command goes on")
        return 130


def _record(
    workspace: Workspace,
    selection: Selection,
    targets: Sequence[Target],
    environment: Mapping[str, str],
    say: Say,
) -> int:
    hosts = affordable(selection, targets, environment, say)
    if hosts is None:
        return 2
    budget = Budget(targets, hosts, selection.max_cost)
    journal = Journal(workspace.run, selection.target, selection.scenario)
    if journal.goes_on():
        say(f"going on with what was begun at {journal.began}; to begin anew, remove {workspace.folder}")
        hosts.costs.update(journal.costs)
    else:
        workspace.empty()
    if budget.is_spent:
        say(f"{dollars(budget.spent)} were spent since then, --max-cost {budget.limit:g}: give another limit")
        return 2
    journal.costs = hosts.costs
    journal.write()
    asked = recorded_live(workspace, selection.options, hosts, budget, say, journal.done, noted=journal.write)
    if not asked.results and not asked.left and not journal.done:
        say("nothing was recorded: no scenario was chosen, or none could be collected")
        workspace.run.unlink()
        return 1
    summary = verified(workspace, selection, asked.results, say)
    for title in asked.left:
        summary.count(title.partition(" ")[0], "left")
    for line in summary.lines(budget):
        say(line)
    if asked.left:
        journal.done += summary.done
        journal.write()
        say(f"{len(asked.left)} scenarios are left: the same command goes on with them")
    else:
        workspace.run.unlink()
    return 1 if summary.failed or asked.left else 0
