"""How long the slow scenarios of a project take: the file by which its shards are divided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.report.results import Report

DURATIONS = "durations.json"
"""The name of the file, beside the pyproject.toml."""

SLOW = 0.1
"""Seconds from which a run is listed: a tenth of this project's runs, and two thirds of its time."""


class DurationsError(Exception):
    """The file cannot be read."""


def slow(report: Report) -> dict[str, float]:
    """The seconds of each slow run by ``backend@target group/scenario``, rounded to a tenth."""
    return {each.title: round(each.seconds, 1) for each in report if each.seconds >= SLOW}


def write(seconds: Mapping[str, float], file: Path) -> None:
    """Write them sorted, so that those of another run make a small diff."""
    text = json.dumps(dict(sorted(seconds.items())), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", "utf-8")


def read(file: Path) -> dict[str, float]:
    """The seconds by title; empty without a file.

    Raises:
        DurationsError: it is not a file of durations.
    """
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text("utf-8"))
    except ValueError:
        found = None
    if not _is_seconds(found):
        raise DurationsError(f"{file}: not durations; write it again: python -m conformance balance RESULTS")
    return dict(found)


def _is_seconds(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(each, (int, float)) for each in found.values())
