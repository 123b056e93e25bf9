"""The results as one page that opens from the disk: no server, no network, nothing beside the file."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.report.results import Outcome, Report, Result, Source, problems_of

FOLDER = Path(__file__).parent
_DETAILS = ("seconds", "rerun", "link", "cassette", "recorded", "words", "measured", "observation")
"""What of a result is read only once its cell is opened; it stands in the page packed."""


def page(report: Report) -> str:
    """The whole page as HTML."""
    # A cell names its outcome in words and its source by a letter, so nothing is told by colour alone.
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    groups = {group: number for number, group in enumerate(_groups(report))}
    return environment.get_template("index.html.j2").render(
        title=_title(report),
        header=report.header,
        data=_script(_data(report, groups)),
        packed=[_packed(each for each in report if each.group == group) for group in groups],
        style=Markup(_own("page.css")),
        scripts=[Markup(_own(name)) for name in ("text.js", "detail.js", "matrix.js", "page.js")],
    )


def _title(report: Report) -> str:
    passed, runs = report.counts()[Outcome.PASSED], len(report)
    incomplete = "incomplete: " if report.is_incomplete else ""
    return f"{incomplete}{passed} of {runs} passed: conformance of LLM backends"


def _groups(report: Report) -> list[str]:
    """The groups that most backends are asked stand first: they say most about all of them."""
    asked: dict[str, set[str]] = {}
    for each in report:
        asked.setdefault(each.group, set()).add(each.label)
    return sorted(asked, key=lambda group: -len(asked[group]))


def _data(report: Report, groups: Mapping[str, int]) -> dict[str, Any]:
    """All that the matrix needs; a run is a row of numbers that point into the lists."""
    columns = report.columns()
    places = {label: number for number, label in enumerate(columns)}
    scenarios: dict[str, Result] = {}
    for each in report:
        scenarios.setdefault(each.id, each)
    rows = {id_: number for number, id_ in enumerate(scenarios)}
    outcomes, sources = list(Outcome), list(Source)
    counted = dict.fromkeys(groups, 0)
    runs = []
    for each in report:
        detail, counted[each.group] = counted[each.group], counted[each.group] + 1
        numbers = (outcomes.index(each.outcome), sources.index(each.source), detail)
        runs.append([rows[each.id], places[each.label], *numbers, each.reason])
    return {
        "outcomes": outcomes,
        "sources": sources,
        "columns": [_column(report, label, results) for label, results in columns.items()],
        "groups": list(groups),
        "scenarios": [
            {"name": each.scenario, "group": groups[each.group], "law": each.law, "bugs": list(each.bugs)}
            for each in scenarios.values()
        ],
        "runs": runs,
        "bugs": report.header.get("bugs", {}),
        "command": report.header.get("command", "pytest"),
        "doubts": report.doubts,
        "switched_off": (report.footer or {}).get("switched_off", []),
    }


def _column(report: Report, label: str, results: Sequence[Result]) -> dict[str, Any]:
    backend, _, target = label.partition("@")
    told = report.header.get("backends", ())
    known = (each for each in told if (each["backend"], each["target"]) == (backend, target))
    return {"backend": backend, "target": target, "problems": problems_of(results), **next(known, {})}


def _packed(results: Iterable[Result]) -> str:
    """The details of a group, compressed: a page of thousands of answers is as large as a picture."""
    details = [{name: getattr(each, name) for name in _DETAILS} for each in results]
    return base64.b64encode(zlib.compress(json.dumps(details).encode("ascii"), 9)).decode("ascii")


def _script(data: Any) -> Markup:
    """JSON that may stand in a script: nothing in it ends one."""
    text = json.dumps(data, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _own(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
