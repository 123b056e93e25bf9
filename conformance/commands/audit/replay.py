"""Checks recordings by replaying them: whether a scenario owns each, and whether it is still requested."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.commands.audit.files import Finding
from conformance.commands.record.rounds import replayed_offline
from conformance.recording.cassette.file import orphans
from conformance.recording.playback.commands import rerecord
from conformance.report.results import Report, Result, ViolationKind
from conformance.runner.targets.target import Target

_UNPLAYED = "contains an interaction that no scenario requests"

_KINDS = {
    ViolationKind.STALE: "is stale: its scenario now asks something else",
    ViolationKind.UNPLAYED: _UNPLAYED,
    ViolationKind.MISS: "does not answer a request that its scenario sends",
    ViolationKind.MISSING: "is missing",
}
"""What is wrong with a recording whose replay broke a rule; the first of these, where it broke several."""


def replayed(root: Path) -> Report:
    """The report of every scenario that has a recording below ``root``, replayed in another process.

    It is empty where nothing could be collected.
    """
    with TemporaryDirectory() as folder:
        # Its output is not shown: the difference of two answers may contain a secret.
        return replayed_offline(root, root, ["--tb=no"], Path(folder, "results.jsonl"))[0]


def check_results(root: Path, report: Report, targets: Sequence[Target]) -> Iterator[Finding]:
    """The findings in the recordings below ``root``, from the report of their replay by ``targets``."""
    owned = []
    known = {target.label: target for target in targets}
    for each in report:
        cassette = root / known[each.label].folder / each.group / f"{each.scenario}.yaml"
        owned += [cassette, cassette.with_suffix(".json")]
        if kind := _kind(each, report.header.get("command", "python -m pytest")):
            name = cassette.relative_to(root).as_posix()
            yield Finding(name, "", kind, rerecord(known[each.label].recorded_as, each.id))
    for path in orphans(root, owned):
        yield Finding(path.relative_to(root).as_posix(), "", "belongs to no scenario", "delete it")


def _kind(result: Result, command: str) -> str:
    broken = {violation.kind for violation in result.violations}
    if found := next((words for kind, words in _KINDS.items() if kind in broken), ""):
        return found
    if result.outcome.is_failure:
        return f"fails in replay: to see why, run {command} {shlex.quote(result.rerun)}"
    return _UNPLAYED if result.unplayed else ""
