"""What only a replay can say of recordings: who owns them, and whether they are still asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.audit.finding import Finding
from conformance.recorder.live import arguments
from conformance.recording import orphans
from conformance.report.file import read
from conformance.report.results import Result

_KINDS = {
    "the recording is stale": "is stale: the scenario asks something else by now",
    "nothing asked for it": "holds an interaction that nothing asks for",
    "no recording answers": "does not hold what is asked for",
    "there is no such cassette": "is missing",
}
"""What a failed replay says, and what it means."""


def replayed(root: Path) -> list[Result]:
    """The results of every scenario that has a recording below ``root``, replayed in a process of its own.

    None where nothing could be collected.
    """
    with TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        options = arguments(root.parent, root, ["--only-recorded", "-q", "--tb=no"])
        # Nothing that it says is shown: the difference of two answers may hold what must not be told.
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, "--results", str(results)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return read(results).results if results.is_file() else []


def look_at_results(root: Path, results: Sequence[Result]) -> Iterator[Finding]:
    """What is wrong with the recordings below ``root``, by the results of their replay."""
    owned = []
    for each in results:
        cassette = root / each.backend / each.target / each.group / f"{each.scenario}.yaml"
        owned += [cassette, cassette.with_suffix(".json")]
        if kind := _kind(each):
            command = f"make record TARGET={each.label} SCENARIO={each.id}"
            yield Finding(cassette.relative_to(root).as_posix(), "", kind, command)
    for path in orphans(root, owned):
        yield Finding(path.relative_to(root).as_posix(), "", "is owned by no scenario", "delete it")


def _kind(result: Result) -> str:
    if result.outcome.is_failure:
        words = next((kind for words, kind in _KINDS.items() if words in result.reason), "")
        return words or f"fails in replay (see why with pytest '{result.rerun}')"
    return "holds an interaction that nothing asks for" if result.unplayed else ""
