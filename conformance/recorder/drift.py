"""What changed at the providers since the recordings were made: recorded anew, compared, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.recorder.run import Say, alone, chosen, recorded_live
from conformance.recorder.scratch import Scratch
from conformance.recording import CassetteError, Drift, Severity, drift, read
from conformance.report.results import Result

Found = tuple[str, Drift]
"""A change, and the ``backend@target group/scenario`` that shows it."""


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
        for line in _lines(found, len(recorded)):
            say(line)
        if markdown is not None:
            markdown.write_text(_markdown(found, len(recorded)), "utf-8")
        return max(
            (each.severity for _, each in found), default=Severity.INFO if recorded else Severity.ERROR
        )

    return alone(root, say, look)


def _found(scratch: Scratch, recorded: Sequence[Result]) -> Iterator[Found]:
    for result in recorded:
        name = f"{result.label} {result.id}"
        cassette = scratch.root / result.backend / result.target / result.group / f"{result.scenario}.yaml"
        if result.outcome.is_failure:
            yield name, Drift(Severity.ERROR, "the scenario", f"fails by now: {result.reason}")
            continue
        try:
            old, new = read(cassette, "make record"), read(scratch.scratch_of(cassette), "make record")
        except CassetteError as error:
            yield name, Drift(Severity.ERROR, "the recording", str(error))
            continue
        yield from ((name, each) for each in drift(old, new))


def _lines(found: Sequence[Found], scenarios: int) -> Iterator[str]:
    for name, each in sorted(found, key=lambda pair: -pair[1].severity):
        yield f"{each.severity.name.lower()}: {name}: {each.place}: {each.what}"
    counts = ", ".join(
        f"{sum(each.severity is severity for _, each in found)} {severity.name.lower()}"
        for severity in reversed(Severity)
    )
    yield f"{scenarios} scenarios asked again: {counts}; no recording was changed"


def _markdown(found: Sequence[Found], scenarios: int) -> str:
    *_, closing = _lines(found, scenarios)
    rows = [
        f"| {each.severity.name.lower()} | {name} | `{each.place}` | {each.what.replace('|', '&#124;')} |"
        for name, each in sorted(found, key=lambda pair: -pair[1].severity)
    ]
    table = (
        ["| severity | scenario | place | change |", "| --- | --- | --- | --- |", *rows, ""] if rows else []
    )
    return "\n".join(["# Drift", "", closing, "", *table])
