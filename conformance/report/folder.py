"""The folder that a report is written into: the page, the summary and the badges, beside the results."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.report.names import PAGE, SUMMARY
from conformance.report.page import page
from conformance.report.results import Report
from conformance.report.summary import badges, markdown


def write_folder(report: Report, folder: Path) -> Path:
    """Write all that is made from a report; gives the page.

    Badges of an earlier run go: their backends may be gone too.
    """
    own = folder / "badges"
    own.mkdir(parents=True, exist_ok=True)
    for path in own.glob("*.json"):
        path.unlink()
    for name, badge in badges(report).items():
        _write(own / name, json.dumps(badge) + "\n")
    _write(folder / SUMMARY, markdown(report))
    _write(folder / PAGE, page(report))
    return folder / PAGE


def _write(path: Path, text: str) -> None:
    # Half of a surrogate pair, which an answer may hold, is no UTF-8.
    path.write_bytes(text.encode("utf-8", "backslashreplace"))
