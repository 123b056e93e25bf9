"""One run of the recorder: record, replay, compare, put in place, and say what changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance.recorder.scratch import RecorderBusyError, Scratch, only_recorder
from conformance.recording import changes
from conformance.report.file import read
from conformance.report.results import Result

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SHOWN_CHANGES = 5
"""Places of a changed recording that are named; the rest is in the diff."""

_SILENT = ("-p", "no:terminal", "-o", "addopts=")
"""Options that leave the terminal to the recorder; the project's own options may want pytest's."""

Say = Callable[[str], None]


@dataclass
class Summary:
    """What a recorder's run came to, each entry a line for the reader."""

    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: list[str] = field(default_factory=list)


class Progress:
    """Says what is being recorded while it is; a plugin of the recording run.

    Attributes:
        interrupted: whether the user ended it; pytest's exit status is the same when a collection fails.
    """

    def __init__(self, say: Say) -> None:
        self.interrupted = False
        self._say = say
        self._total = 0
        self._done = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many scenarios there are."""
        self._total = len(session.items)
        self._say(f"recording {self._total} scenarios from the embedded engine")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say which scenario is done."""
        if report.when == "teardown":
            self._done += 1
            self._say(f"[{self._done}/{self._total}] {report.nodeid.rpartition('/')[2]}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say why nothing can be collected."""
        if report.failed:
            self._say(str(report.longrepr))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the user ended it."""
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)


def record(root: Path, target: str | None, scenario: str | None, say: Say) -> int:
    """Record the chosen scenarios into ``root``.

    Args:
        root: the folder of the cassettes.
        target: pattern for ``backend@target``, None for all.
        scenario: pattern for ``group/scenario``, None for all.
        say: shows a line to whoever waits.

    Returns:
        The exit status: 0 when everything was recorded, 1 when something was not, 2 when another recorder
        is at work, 130 when it was interrupted. What was not recorded and verified is left as it was.
    """
    return alone(root, say, lambda scratch: _record(scratch, chosen(target, scenario), say))


def alone(root: Path, say: Say, work: Callable[[Scratch], int]) -> int:
    """Do the work of the only recorder of ``root``; gives its exit status, or why there was none."""
    try:
        with only_recorder(root) as scratch:
            return work(scratch)
    except RecorderBusyError as busy:
        say(str(busy))
        return 2
    except KeyboardInterrupt:
        say("interrupted: every cassette is as it was, or wholly new and verified")
        return 130


def chosen(target: str | None, scenario: str | None) -> list[str]:
    """The options of pytest that narrow a run."""
    return [*(["--target", target] if target else []), *(["--scenario", scenario] if scenario else [])]


def recorded_live(scratch: Scratch, narrowed: Sequence[str], say: Say) -> list[Result]:
    """Record into the scratch folder; none where nothing was chosen or nothing could be collected."""
    live = scratch.folder / "live.jsonl"
    # In this process: whoever kills the recorder kills what records, and with it the engine.
    progress = Progress(say)
    pytest.main(
        [
            *_arguments(scratch, narrowed),
            *("--record", "--snapshot-update", "--results", str(live)),
            *_SILENT,
        ],
        plugins=[progress],
    )
    if progress.interrupted:
        raise KeyboardInterrupt
    recorded = read(live).results if live.is_file() else []
    if not recorded:
        say("nothing was recorded: no scenario was chosen, or none could be collected")
    return recorded


def _arguments(scratch: Scratch, narrowed: Sequence[str]) -> list[str]:
    cassettes = scratch.folder / "cassettes"
    # The scenarios lie elsewhere, so pytest would look for the project and its conftest.py there.
    project = ["-c", str(scratch.root.with_name("pyproject.toml")), "-p", "conformance.plugin"]
    return [
        *(str(SCENARIOS), *project, *narrowed),
        *("--cassettes", str(cassettes), "-p", "no:cacheprovider"),
    ]


def _record(scratch: Scratch, narrowed: Sequence[str], say: Say) -> int:
    recorded = recorded_live(scratch, narrowed, say)
    if not recorded:
        return 1
    say("replaying what was recorded, with the network refused")
    offline = scratch.folder / "offline.jsonl"
    arguments = [*_arguments(scratch, narrowed), "-q", "--only-recorded", "--results", str(offline)]
    # In a process of its own: what recording left in this one must not help the replay.
    replay = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], capture_output=True, text=True, check=False
    )
    replayed = read(offline).results if offline.is_file() else []
    if not replayed:
        say(replay.stdout + replay.stderr)
    summary = _put_in_place(scratch, recorded, replayed)
    _say_summary(summary, say)
    return 1 if summary.failed else 0


def _put_in_place(scratch: Scratch, recorded: list[Result], replayed: list[Result]) -> Summary:
    """Swap in what was recorded and replayed well and says something new; keep every other file."""
    summary = Summary()
    good = {result.rerun for result in replayed if not result.outcome.is_failure}
    paths: list[Path] = []
    for result in recorded:
        name = f"{result.label} {result.id}"
        if result.outcome.is_failure or result.rerun not in good:
            why = result.reason or _reason(replayed, result.rerun)
            summary.failed.append(f"{name}: {why}")
            continue
        cassette = scratch.root / result.backend / result.target / result.group / f"{result.scenario}.yaml"
        found = changes(cassette, scratch.scratch_of(cassette))
        snapshot = cassette.with_suffix(".json")
        if not found and (snapshot.exists() or not scratch.scratch_of(snapshot).exists()):
            summary.unchanged += 1
            continue
        paths += [cassette, snapshot]
        more = [f"and {len(found) - SHOWN_CHANGES} more"] if len(found) > SHOWN_CHANGES else []
        summary.changed.append("\n    ".join([name, *found[:SHOWN_CHANGES], *more]))
    scratch.swap(paths)
    return summary


def _reason(results: list[Result], rerun: str) -> str:
    reasons = [result.reason for result in results if result.rerun == rerun]
    return f"does not replay: {reasons[0]}" if reasons else "was not replayed"


def _say_summary(summary: Summary, say: Say) -> None:
    for line in summary.changed:
        say(f"changed: {line}")
    for line in summary.failed:
        say(f"not recorded, left as it was: {line}")
    say(
        f"{len(summary.changed)} recordings changed, {summary.unchanged} say the same and were kept, "
        f"{len(summary.failed)} could not be recorded"
    )
    if summary.changed:
        say("look at them with git diff, then commit them")
