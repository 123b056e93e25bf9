"""What changed at the providers since the recordings were made: recorded anew, compared, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from conformance.commands.record import drift_report
from conformance.commands.record.budget import Budget
from conformance.commands.record.drift_report import LocatedDrift
from conformance.commands.record.rehearsal import affordable
from conformance.commands.record.rounds import Say, recorded_live
from conformance.commands.record.run import alone
from conformance.commands.record.selection import Selection
from conformance.commands.record.workspace import Workspace
from conformance.recording import CassetteError, Drift, Severity, read
from conformance.recording.drift.drift import drift
from conformance.recording.playback.commands import rerecord
from conformance.report.results import Result

_NOT_ASKED = Drift(
    Severity.ERROR, "the scenario", "could not be asked: its server was busy, or --max-cost spent"
)


def look_for_drift(
    selection: Selection, environment: Mapping[str, str], markdown: Path | None, say: Say
) -> int:
    """Record the chosen scenarios into a scratch folder and say what changed; no recording is touched.

    Args:
        selection: what is recorded anew.
        environment: the variables of whoever records.
        markdown: where to write the report for a pull request, None for nowhere.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when nothing that a client relies on has changed, 1 when something is gone, 2 when
        a type, a status or the order of events is another, or something could not be asked.
    """

    def look(workspace: Workspace) -> int:
        targets = selection.targets()
        hosts = affordable(selection, targets, environment, say)
        if hosts is None:
            return int(Severity.ERROR)
        budget = Budget(targets, hosts, selection.max_cost)
        asked = recorded_live(workspace, selection.options, hosts, budget, say, among=workspace.is_recorded)
        recorded = asked.results
        found = [*_found(workspace, recorded), *((title, _NOT_ASKED) for title in sorted(asked.left))]
        for line in drift_report.lines(found, len(recorded)):
            say(line)
        if markdown is not None:
            markdown.write_text(drift_report.markdown(found, len(recorded)), "utf-8")
        return max(
            (each.severity for _, each in found), default=Severity.INFO if recorded else Severity.ERROR
        )

    return alone(selection.root, say, look, "drift")


def _found(workspace: Workspace, recorded: Sequence[Result]) -> Iterator[LocatedDrift]:
    for result in recorded:
        name = result.title
        cassette = workspace.cassette_of(result)
        if result.outcome.is_failure:
            yield name, Drift(Severity.ERROR, "the scenario", f"fails by now: {result.reason}")
            continue
        again = rerecord(result.label, result.id)
        try:
            old, new = (read(path, again) for path in (cassette, workspace.recording_of(result)))
        except CassetteError as error:
            yield name, Drift(Severity.ERROR, "the recording", str(error))
            continue
        yield from ((name, each) for each in drift(old, new))
