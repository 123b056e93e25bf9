"""How the cost grows with what a project has: recordings, and runs in a results file."""

from __future__ import annotations

import json
import resource
import shutil
import tempfile
from pathlib import Path

from bench.page import usable_ms
from bench.suite_cost import REPOSITORY, run_pytest, write_project
from conformance.report.file import read
from conformance.report.folder import write_folder

RECORDED = REPOSITORY / "cassettes" / "openai" / "engine" / "invoke" / "text"

SCENARIOS = """
import pytest
from conformance.spec.dialogue import text

@pytest.mark.parametrize("number", range({count}))
def test_text(number, interview):
    interview.answers(text.GREETING)
"""


def cassettes(*counts: int) -> float:
    """What one more recording costs at the largest count, over what it costs at the middle one.

    Args:
        counts: three numbers of recordings, each a project of a third party with so many of its own.
    """
    few, some, many = counts
    costs = [_replaying(count) for count in counts]
    return (costs[2] - costs[1]) / (many - some) / ((costs[1] - costs[0]) / (some - few))


def _replaying(count: int) -> float:
    """CPU seconds of a run that replays so many recordings."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write_project(project, 1)
        (project / "test_own.py").write_text(SCENARIOS.format(count=count), "utf-8")
        for number in range(count):
            copy = project / "cassettes" / "b0" / "engine" / "own" / f"text-{number}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".yaml", ".json"):
                shutil.copy(RECORDED.with_suffix(suffix), copy.with_suffix(suffix))
        before = _seconds_of_children()
        run_pytest(project, "--only-recorded", "test_own.py")
        return _seconds_of_children() - before


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def repeat(source: Path, lines: int, to: Path) -> None:
    """Write the results of ``source`` again and again, each time as those of other backends."""
    with source.open(encoding="utf-8") as file:
        header, *results, footer = map(json.loads, file)
    with to.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header) + "\n")
        for number in range(lines):
            copy, place = divmod(number, len(results))
            result = {**results[place], "backend": f"{results[place]['backend']}-{copy}", "index": number}
            file.write(json.dumps(result) + "\n")
        # It counts the lines of another file, and the page says so.
        file.write(json.dumps(footer) + "\n")


def opening_ms(source: Path, lines: int) -> float | None:
    """Milliseconds until the page of so many lines has answered its first click; None without chromium."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "results.jsonl")
        repeat(source, lines, file)
        return usable_ms(write_folder(read(file), Path(folder)))
