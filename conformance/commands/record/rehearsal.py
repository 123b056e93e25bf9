"""What recording would ask, need and cost: the loopback server is asked instead of a provider."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.commands.command import say
from conformance.commands.record.budget import Bound, bounds, bounds_table, too_much
from conformance.commands.record.rounds import ScenarioFilter, arguments
from conformance.commands.record.selection import Selection
from conformance.report.counts import counted
from conformance.runner.mode import RecorderMode
from conformance.runner.targets.target import BindingError, Target
from conformance.servers.hosted import HostedServers


def dry_run(selection: Selection) -> int:
    """Print what recording would ask, need and cost at most; no provider is asked, and no file changes.

    Returns:
        The exit status: 0, 1 when the targets cannot be read, or 2 when it may cost more than the limit.
    """
    try:
        selected = selection.targets()
    except BindingError as error:
        say(str(error))
        return 1
    hosts = HostedServers(os.environ, rehearsal=True)
    scenarios = rehearsed(selection, hosts)
    targets = [target for target in selected if scenarios[target.label]]
    free = [target.label for target in targets if not target.hosted]
    if free:
        count = counted(sum(scenarios[label] for label in free), "scenario")
        say(f"{count} of {', '.join(free)}, from the embedded engine: no key, no cost")
    return 0 if _is_affordable(bounds(targets, scenarios, hosts), selection) else 2


def affordable(selection: Selection, targets: Sequence[Target]) -> HostedServers | None:
    """The hosted servers to ask; None where they may cost too much. Prints what cannot be asked, and why."""
    hosts = HostedServers(os.environ, say)
    hosted = [(target, target.hosted) for target in targets if target.hosted is not None]
    for target, server in hosted:
        if missing := hosts.missing(server):
            say(f"not asked: {target.label}: {missing}")
    if all(hosts.missing(server) for _, server in hosted):
        return hosts
    say("rehearsing on this machine, to estimate the cost")
    rehearsal = HostedServers(os.environ, rehearsal=True)
    scenarios = rehearsed(selection, rehearsal)
    found = [each for each in bounds(targets, scenarios, rehearsal) if not each.missing]
    return hosts if _is_affordable(found, selection) else None


def _is_affordable(found: Sequence[Bound], selection: Selection) -> bool:
    """Show the most that each target can cost; whether all of them together cost less than the limit."""
    for line in bounds_table(found) if found else []:
        say(line)
    if refusal := too_much(found, selection.max_cost):
        say(refusal)
    return not refusal


def rehearsed(selection: Selection, hosts: HostedServers) -> Counter[str]:
    """Ask the loopback server what would be recorded; ``hosts`` adds up what it would cost.

    Returns:
        How many scenarios would be recorded, by ``backend@target``.
    """
    scenarios = ScenarioFilter()
    with TemporaryDirectory() as folder:
        scenarios.run(arguments(selection.root.parent, Path(folder), selection.options), RecorderMode(hosts))
    return Counter(title.partition(" ")[0] for title in scenarios.titles)
