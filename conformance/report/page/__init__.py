"""The results as one HTML file: it needs no server, no network and no other file."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.report.answers import answered
from conformance.report.causes import by_cause
from conformance.report.contract import Tier, tiers
from conformance.report.counts import extent, routes
from conformance.report.libraries import WIDTH, libraries
from conformance.report.parts import SCRIPTS_ONLY, parts
from conformance.report.results import Outcome, Report, Result, Source, only_scripts, problems_of

FOLDER = Path(__file__).parent
_SCRIPTS = ("text.js", "detail.js", "problems.js", "matrix.js", "routes.js", "page.js")
_DETAILS = ("seconds", "rerun", "link", "cassette", "recorded", "traceback", "measured", "transcript")
"""The fields of a result that only its dialog shows; the page holds them compressed."""


def page(report: Report) -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["with_code"] = _with_code
    groups = {group: number for number, group in enumerate(_groups(report))}
    members: dict[str, list[Result]] = {group: [] for group in groups}
    for each in report:
        members[each.group].append(each)
    style, scripts = _own("page.css"), [_own(name) for name in _SCRIPTS]
    return environment.get_template("index.html.j2").render(
        policy=_policy(style, scripts),
        title=_title(report),
        header=report.header,
        answered=answered(report),
        libraries=libraries(report),
        bar_width=WIDTH,
        routes=routes(report),
        data=_script(_data(report, groups)),
        packed=[_packed(own) for own in members.values()],
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
    )


def _policy(style: str, scripts: Iterable[str]) -> str:
    """The content security policy: what a results file brings along can neither run nor load anything."""
    allowed = {"script-src": " ".join(map(_hash, scripts)), "style-src": _hash(style), "img-src": "data:"}
    refused = dict.fromkeys(("default-src", "base-uri", "form-action"), "'none'")
    return "; ".join(f"{name} {sources}" for name, sources in (refused | allowed).items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _with_code(text: str) -> Markup:
    """``text`` with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(each) if odd % 2 else each for odd, each in parts)


def _title(report: Report) -> str:
    first = parts(report.results)[0]
    incomplete = "incomplete: " if report.is_incomplete else ""
    return f"{incomplete}{first.title}: conformance of LLM backends"


def _groups(report: Report) -> list[str]:
    """The groups, first those that run on most targets; routes do not count."""
    columns = report.columns()
    labels: dict[str, set[str]] = {}
    for each in report:
        labels.setdefault(each.group, set()).update({each.label} & columns.keys())
    return sorted(labels, key=lambda group: -len(labels[group]))


def _data(report: Report, groups: Mapping[str, int]) -> dict[str, Any]:
    """What the matrix needs; a run is a row of indices into the lists, and its reason."""
    columns = report.columns() | report.routes()
    column_of = {label: number for number, label in enumerate(columns)}
    cases: dict[str, Result] = {}
    for each in report:
        cases.setdefault(each.id, each)
    row_of = {id_: number for number, id_ in enumerate(cases)}
    outcomes, sources = list(Outcome), list(Source)
    details = {group: count() for group in groups}  # the index of a run among the details of its group
    runs = [
        [
            *(row_of[each.id], column_of[each.label]),
            *(outcomes.index(each.outcome), sources.index(each.source)),
            *(next(details[each.group]), each.reason),
        ]
        for each in report
    ]
    return {
        "outcomes": outcomes,
        "sources": sources,
        "scripts_only": SCRIPTS_ONLY,
        "columns": [_column(report, label, results) for label, results in columns.items()],
        "groups": list(groups),
        "cases": [
            {"name": each.scenario, "group": groups[each.group], "law": each.law, "bugs": list(each.bugs)}
            for each in cases.values()
        ],
        "runs": runs,
        "parts": [
            {"words": each.title, "others": {str(outcome): count for outcome, count in each.others.items()}}
            for each in parts(report.results)
        ],
        "causes": _causes(report),
        "extent": extent(report),
        "bugs": report.header.get("bugs", {}),
        "command": report.header.get("command", "pytest"),
        "doubts": [*map(str, report.doubts)],
        "switched_off": (report.footer or {}).get("switched_off", []),
    }


def _causes(report: Report) -> list[dict[str, Any]]:
    """The failures by cause and then by law, each law with its first failure, by the index of its run."""
    index_of = {id(each): number for number, each in enumerate(report)}
    return [
        {
            "outcome": list(Outcome).index(group.outcome),
            "cause": group.cause,
            "count": len(group.results),
            "laws": [
                {
                    "count": len(results),
                    "run": index_of[id(results[0])],
                    **{name: getattr(results[0], name) for name in ("got", "expected", "rerun")},
                }
                for _, results in group.laws
            ],
        }
        for group in by_cause(report)
    ]


def _column(report: Report, label: str, results: Sequence[Result]) -> dict[str, Any]:
    backend, _, target = label.partition("@")
    declared = report.header.get("backends", ())
    own = (each for each in declared if (each["backend"], each["target"]) == (backend, target))
    failures = sum(each.outcome.is_failure for each in results)
    passed = sum(each.outcome is Outcome.PASSED for each in results)
    counts = {"problems": problems_of(results), "failures": failures, "passed": passed}
    scripted = {"scripted": only_scripts(results)}
    kept = [{"name": each.name, "kind": _kind(each), "words": str(each)} for each in tiers(results)]
    return {"backend": backend, "target": target, **counts, **scripted, "tiers": kept, **next(own, {})}


def _kind(tier: Tier) -> str:
    """How a tier is coloured."""
    return "bad" if tier.failed else "good" if tier.passed else "quiet"


def _packed(results: Iterable[Result]) -> str:
    """The details of a group, compressed: uncompressed, they would be tens of megabytes."""
    details = [{name: getattr(each, name) for name in _DETAILS} for each in results]
    text = json.dumps(details, allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def _script(data: Any) -> Markup:
    """JSON for a script element: no text in it can end the element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def _own(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
