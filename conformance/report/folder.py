"""The folder of a report: page, summary and badges, beside the results."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.report.names import PAGE, SUMMARY
from conformance.report.page import page
from conformance.report.results import Report
from conformance.report.summary import badges, markdown


def write_folder(report: Report, folder: Path) -> Path:
    """Write everything made from a report, in place of an earlier one; return the path of the page."""
    badge_folder = folder / "badges"
    badge_folder.mkdir(parents=True, exist_ok=True)
    for path in badge_folder.glob("*.json"):
        path.unlink()
    for name, badge in badges(report).items():
        _write(badge_folder / name, json.dumps(badge) + "\n")
    _write(folder / SUMMARY, markdown(report))
    _write(folder / PAGE, page(report))
    return folder / PAGE


def _write(path: Path, text: str) -> None:
    # An answer may hold half a surrogate pair, which UTF-8 cannot encode.
    path.write_bytes(text.encode("utf-8", "backslashreplace"))
