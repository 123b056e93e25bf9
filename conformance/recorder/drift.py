"""What changed at the providers since the recordings were made: recorded anew, compared, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.recorder import drift_report
from conformance.recorder.drift_report import Found
from conformance.recorder.run import Say, alone, chosen, recorded_live
from conformance.recorder.scratch import Scratch
from conformance.recording import CassetteError, Drift, Severity, drift, read
from conformance.report.results import Outcome, Result


def look_for_drift(
    root: Path, target: str | None, scenario: str | None, markdown: Path | None, say: Say
) -> int:
    """Record the chosen scenarios into a scratch folder and say what changed; no recording is touched.

    Args:
        root: the folder of the cassettes.
        target: pattern for ``backend@target``, None for all.
        scenario: pattern for ``group/scenario``, None for all.
        markdown: where to write the report for a pull request, None for nowhere.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when nothing that a client relies on has changed, 1 when something is gone, 2 when
        a type, a status or the order of events is another, or something could not be asked.
    """

    def look(scratch: Scratch) -> int:
        recorded = recorded_live(scratch, chosen(target, scenario), say)
        found = list(_found(scratch, recorded))
        for line in drift_report.lines(found, len(recorded)):
            say(line)
        if markdown is not None:
            markdown.write_text(drift_report.markdown(found, len(recorded)), "utf-8")
        return max(
            (each.severity for _, each in found), default=Severity.INFO if recorded else Severity.ERROR
        )

    return alone(root, say, look)


def _found(scratch: Scratch, recorded: Sequence[Result]) -> Iterator[Found]:
    for result in recorded:
        name = f"{result.label} {result.id}"
        cassette = scratch.root / result.backend / result.target / result.group / f"{result.scenario}.yaml"
        if result.outcome is Outcome.FAILED:
            yield name, Drift(Severity.ERROR, "the scenario", f"fails by now: {result.reason}")
            continue
        try:
            old, new = read(cassette, "make record"), read(scratch.scratch_of(cassette), "make record")
        except CassetteError as error:
            yield name, Drift(Severity.ERROR, "the recording", str(error))
            continue
        yield from ((name, each) for each in drift(old, new))
