"""Replays offline what was recorded, and replaces the cassettes that replay well and have changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.commands.command import say
from conformance.commands.record.budget import Budget
from conformance.commands.record.rounds import replayed_offline
from conformance.commands.record.selection import Selection
from conformance.commands.record.workspace import Workspace
from conformance.recording import changes
from conformance.report.counts import counted
from conformance.report.results import Fault, Result

SHOWN_CHANGES = 5
"""Changes of a recording that are printed; the diff shows the rest."""


@dataclass
class Summary:
    """What a run of the recorder has done.

    Attributes:
        changed: each cassette that was replaced, and what changed.
        failed: each scenario whose cassette was left as it was, and why.
        counts: how many were changed, kept, failed and left, by ``backend@target``.
    """

    changed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, label: str, what: str) -> None:
        """Count one scenario."""
        self.counts.setdefault(label, Counter())[what] += 1

    def lines(self, budget: Budget) -> Iterator[str]:
        """The summary as lines."""
        yield from (f"changed: {text}" for text in self.changed)
        yield from (f"not recorded, left as it was: {text}" for text in self.failed)
        yield from budget.table(self.counts)
        kept = sum(count["kept"] for count in self.counts.values())
        yield (
            f"{counted(len(self.changed), 'recording')} changed, {kept} unchanged and kept, "
            f"{len(self.failed)} could not be recorded"
        )
        if self.changed:
            yield "review them with git diff, then commit them"


def verified(workspace: Workspace, selection: Selection, recorded: Sequence[Result]) -> Summary:
    """Replay what was recorded, and replace the cassettes that replay well and have changed."""
    if not recorded:
        return Summary()
    say("replaying what was recorded, with the network refused")
    replayed = _replayed(workspace, selection, workspace.folder / "cassettes")
    # An old answer is kept only where it still passes: a law may have become stricter.
    before = _replayed(workspace, selection, workspace.root) if workspace.root.is_dir() else []
    return _put_in_place(workspace, recorded, replayed, before)


def _replayed(workspace: Workspace, selection: Selection, cassettes: Path) -> list[Result]:
    results = workspace.folder / "offline.jsonl"
    report, output = replayed_offline(workspace.root, cassettes, selection.options, results)
    if not report.results:
        say(output)
    return report.results


def _put_in_place(
    workspace: Workspace, recorded: Sequence[Result], replayed: Sequence[Result], before: Sequence[Result]
) -> Summary:
    """Replace the cassettes whose new version replays well and differs; keep every other file."""
    summary = Summary()
    good = {result.title for result in replayed if not result.outcome.is_failure}
    wrong = {result.title for result in before if result.fault is Fault.LAW}
    paths: list[Path] = []
    for result in recorded:
        if result.outcome.is_failure or result.title not in good:
            why = result.reason or _reason(replayed, result.title)
            summary.failed.append(f"{result.title}: {why}")
            summary.count(result.label, "failed")
            continue
        cassette = workspace.cassette_of(result)
        found = changes(cassette, workspace.new_version_of(cassette))
        if not found and result.title in wrong:
            found = ["the old answer now fails its law"]
        snapshot = cassette.with_suffix(".json")
        if not found and (snapshot.exists() or not workspace.new_version_of(snapshot).exists()):
            summary.count(result.label, "kept")
            continue
        paths += [cassette, snapshot]
        more = [f"and {len(found) - SHOWN_CHANGES} more"] if len(found) > SHOWN_CHANGES else []
        summary.changed.append("\n    ".join([result.title, *found[:SHOWN_CHANGES], *more]))
        summary.count(result.label, "changed")
    workspace.swap(paths)
    return summary


def _reason(results: Sequence[Result], title: str) -> str:
    reasons = [result.reason for result in results if result.title == title]
    return f"does not replay: {reasons[0]}" if reasons else "was not replayed"
