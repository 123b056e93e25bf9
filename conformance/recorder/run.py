"""One run of the recorder: rehearse, record, replay, compare, put in place, and say what changed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.backends import BindingError, Target
from conformance.recorder.choice import Choice
from conformance.recorder.journal import Journal
from conformance.recorder.live import Say, arguments, recorded_live
from conformance.recorder.money import Money
from conformance.recorder.rehearsal import affordable
from conformance.recorder.scratch import RecorderBusyError, Scratch, only_recorder
from conformance.recording import changes
from conformance.report.results import Outcome, Result, read_lines

SHOWN_CHANGES = 5
"""Places of a changed recording that are named; the rest is in the diff."""


def record(choice: Choice, environment: Mapping[str, str], say: Say) -> int:
    """Record what is chosen, of every target that needs no key or whose key ``environment`` holds.

    Args:
        choice: what is recorded.
        environment: the variables of whoever records.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when everything was recorded, 1 when something was not, 2 when another recorder
        is at work or the money does not reach, 130 when it was interrupted. What was not recorded and
        verified is left as it was.
    """
    try:
        targets = choice.targets()
    except BindingError as error:
        say(str(error))
        return 1
    return alone(choice.root, say, lambda scratch: _record(scratch, choice, targets, environment, say))


def alone(root: Path, say: Say, work: Callable[[Scratch], int], purpose: str = "recording") -> int:
    """Do the work of the only recorder of ``root``; gives its exit status, or why there was none."""
    try:
        with only_recorder(root, purpose) as scratch:
            return work(scratch)
    except RecorderBusyError as busy:
        say(str(busy))
        return 2
    except KeyboardInterrupt:
        say("interrupted: every cassette is as it was, or wholly new and verified; the same command goes on")
        return 130


@dataclass
class Summary:
    """What a recorder's run came to, each entry a line for the reader."""

    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[str] = field(default_factory=list)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By ``backend@target``, how many were changed, kept, failed and left."""

    def count(self, label: str, what: str) -> None:
        """Count one scenario."""
        self.counts.setdefault(label, Counter())[what] += 1


def _record(
    scratch: Scratch, choice: Choice, targets: Sequence[Target], environment: Mapping[str, str], say: Say
) -> int:
    hosts = affordable(choice, targets, environment, say)
    if hosts is None:
        return 2
    money = Money(targets, hosts, choice.max_cost)
    journal = Journal(scratch.run, choice.target, choice.scenario)
    if journal.goes_on():
        say(f"going on with what was begun at {journal.began}; to begin anew, remove {scratch.folder}")
    else:
        scratch.empty()
    journal.write()
    asked = recorded_live(scratch, choice.options, hosts, money, say, journal.done)
    if not asked.results and not asked.left and not journal.done:
        say("nothing was recorded: no scenario was chosen, or none could be collected")
        scratch.run.unlink()
        return 1
    summary = _verified(scratch, choice, asked.results, say)
    for title in asked.left:
        summary.count(title.partition(" ")[0], "left")
    _say_summary(summary, money, say)
    if asked.left:
        journal.write(_done(asked.results))
        say(f"{len(asked.left)} scenarios are left: the same command goes on with them")
    else:
        scratch.run.unlink()
    return 1 if summary.failed or asked.left else 0


def _done(results: Sequence[Result]) -> list[str]:
    """The titles of what need not be asked again."""
    return [result.title for result in results if result.outcome is not Outcome.FAILED]


def _verified(scratch: Scratch, choice: Choice, recorded: Sequence[Result], say: Say) -> Summary:
    """Replay what was recorded, and put in place what replays well."""
    if not recorded:
        return Summary()
    say("replaying what was recorded, with the network refused")
    offline = scratch.folder / "offline.jsonl"
    offline.unlink(missing_ok=True)
    cassettes = scratch.folder / "cassettes"
    options = [*arguments(choice.pyproject, cassettes, choice.options), "-q", "--only-recorded"]
    # In a process of its own: what recording left in this one must not help the replay.
    replay = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--results", str(offline)],
        capture_output=True,
        text=True,
        check=False,
    )
    replayed = read_lines(offline) if offline.is_file() else []
    if not replayed:
        say(replay.stdout + replay.stderr)
    return _put_in_place(scratch, recorded, replayed)


def _put_in_place(scratch: Scratch, recorded: Sequence[Result], replayed: Sequence[Result]) -> Summary:
    """Swap in what was recorded and replayed well and says something new; keep every other file."""
    summary = Summary()
    good = {result.title for result in replayed if result.outcome is not Outcome.FAILED}
    paths: list[Path] = []
    for result in recorded:
        if result.outcome is Outcome.FAILED or result.title not in good:
            why = result.reason or _reason(replayed, result.title)
            summary.failed.append(f"{result.title}: {why}")
            summary.count(result.label, "failed")
            continue
        cassette = scratch.cassette_of(result)
        found = changes(cassette, scratch.scratch_of(cassette))
        snapshot = cassette.with_suffix(".json")
        if not found and (snapshot.exists() or not scratch.scratch_of(snapshot).exists()):
            summary.unchanged += 1
            summary.count(result.label, "kept")
            continue
        paths += [cassette, snapshot]
        more = [f"and {len(found) - SHOWN_CHANGES} more"] if len(found) > SHOWN_CHANGES else []
        summary.changed.append("\n    ".join([result.title, *found[:SHOWN_CHANGES], *more]))
        summary.count(result.label, "changed")
    scratch.swap(paths)
    return summary


def _reason(results: Sequence[Result], title: str) -> str:
    reasons = [result.reason for result in results if result.title == title]
    return f"does not replay: {reasons[0]}" if reasons else "was not replayed"


def _say_summary(summary: Summary, money: Money, say: Say) -> None:
    for line in summary.changed:
        say(f"changed: {line}")
    for line in summary.failed:
        say(f"not recorded, left as it was: {line}")
    for line in money.table(summary.counts):
        say(line)
    say(
        f"{len(summary.changed)} recordings changed, {summary.unchanged} say the same and were kept, "
        f"{len(summary.failed)} could not be recorded"
    )
    if summary.changed:
        say("look at them with git diff, then commit them")
