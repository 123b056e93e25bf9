"""How long the slow scenarios of a project take: a file that its shards are divided by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.report.results import Report

DURATIONS = "durations.json"
"""How the file is called; it lies beside the pyproject.toml."""

SLOW = 0.1
"""Seconds from which a run is worth a line: a tenth of this project's runs, and two thirds of its time."""


class DurationsError(Exception):
    """The file cannot be read."""


def slow(report: Report) -> dict[str, float]:
    """The seconds that each slow run took, by ``backend@target group/scenario``, to a tenth."""
    return {each.title: round(each.seconds, 1) for each in report if each.seconds >= SLOW}


def write(seconds: Mapping[str, float], file: Path) -> None:
    """Write them in an order in which another run's make a small diff."""
    text = json.dumps(dict(sorted(seconds.items())), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", "utf-8")


def read(file: Path) -> dict[str, float]:
    """What was written; nothing where there is no file.

    Raises:
        DurationsError: it is not what was written.
    """
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError:
        found = None
    if not _is_seconds(found):
        raise DurationsError(f"{file}: no durations; write it again: python -m conformance balance RESULTS")
    return dict(found)


def _is_seconds(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(each, (int, float)) for each in found.values())
