"""What changed at the providers: each scenario is recorded again, compared, and thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.commands.command import UNUSABLE, say
from conformance.commands.record import drift_report
from conformance.commands.record.budget import Budget
from conformance.commands.record.drift_report import LocatedDrift
from conformance.commands.record.rehearsal import affordable
from conformance.commands.record.rounds import record_live
from conformance.commands.record.run import alone
from conformance.commands.record.selection import Selection
from conformance.commands.record.workspace import Workspace
from conformance.recording import CassetteError, Drift, Severity, read
from conformance.recording.drift.drift import drift
from conformance.recording.playback.commands import rerecord
from conformance.report.results import Result
from conformance.runner.targets.target import BindingError

_NOT_ASKED = Drift(
    Severity.ERROR, "the scenario", "got no answer: its server stayed busy, or --max-cost was spent"
)


def look_for_drift(selection: Selection, markdown: Path | None) -> int:
    """Record the selected scenarios again and report what changed; no cassette is changed.

    Args:
        selection: the scenarios and targets to record again.
        markdown: the file for a report in Markdown; None for no file.

    Returns:
        The exit status: 0 when nothing that a client relies on has changed, 1 when something is gone, 2 when
        a type, a status or the order of events has changed, something got no answer, or nothing can be asked.
    """
    try:
        targets = selection.targets()
    except BindingError as error:
        say(str(error))
        return UNUSABLE

    def look(workspace: Workspace) -> int:
        hosts = affordable(selection, targets)
        if hosts is None:
            return int(Severity.ERROR)
        budget = Budget(targets, hosts, selection.max_cost)
        live = record_live(workspace, selection.options, hosts, budget, workspace.is_recorded)
        found = [*_found(workspace, live.results), *((title, _NOT_ASKED) for title in sorted(live.left))]
        for line in drift_report.lines(found, len(live.results)):
            say(line)
        if markdown is not None:
            markdown.write_text(drift_report.markdown(found, len(live.results)), "utf-8")
        nothing = Severity.INFO if live.results else Severity.ERROR
        return max((each.severity for _, each in found), default=nothing)

    return alone(selection.root, look, "drift")


def _found(workspace: Workspace, recorded: Sequence[Result]) -> Iterator[LocatedDrift]:
    for result in recorded:
        if result.outcome.is_failure:
            failure = f"now fails: {result.reason}"
            yield result.title, Drift(Severity.ERROR, "the scenario", failure)
            continue
        cassette = workspace.cassette_of(result)
        advice = rerecord(result.label, result.id)
        try:
            old, new = (read(path, advice) for path in (cassette, workspace.new_version_of(cassette)))
        except CassetteError as error:
            yield result.title, Drift(Severity.ERROR, "the recording", str(error))
            continue
        yield from ((result.title, each) for each in drift(old, new))
