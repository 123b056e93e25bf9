"""The short forms of a report: Markdown for the summary of a CI step, and badges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from conformance.report.results import Outcome, Report, Result, Source

SHOWN = 20
"""How many problems the summary names; GitHub shows a step no more than a megabyte, and nobody reads it."""

_SOURCES = {
    Source.RECORDING: "recorded",
    Source.LIVE: "live",
    Source.DERIVED: "derived",
    Source.SCRIPT: "scripted",
}


def markdown(report: Report) -> str:
    """What does not hold, and a row for each backend@target, the one with the fewest problems first."""
    counts = report.counts()
    others = [f"{counts[each]} {each}" for each in Outcome if each is not Outcome.PASSED and counts[each]]
    headline = ", ".join([f"**{counts[Outcome.PASSED]} of {len(report)} passed**", *others])
    told = [outcome for outcome in Outcome if outcome is not Outcome.PASSED and counts[outcome]]
    heads = ["backend", "passed", *told, *_SOURCES.values()]
    rows = [_row(label, results, told) for label, results in report.columns().items()]
    lines = [
        "## Conformance of LLM backends",
        "",
        headline,
        "",
        *(f"> **{doubt}**\n" for doubt in report.doubts),
        *_problems(report),
        line(heads),
        line(["---", *("--:" for _ in heads[1:])]),
        *map(line, rows),
        "",
    ]
    return "\n".join(lines)


def _row(label: str, results: Sequence[Result], told: Iterable[Outcome]) -> list[str]:
    outcomes = [result.outcome for result in results]
    passed = outcomes.count(Outcome.PASSED)
    sources = [sum(result.source is source for result in results) for source in _SOURCES]
    others = [outcomes.count(outcome) for outcome in told]
    return [label, f"{passed}/{len(results)}", *(str(count or "") for count in (*others, *sources))]


def _problems(report: Report) -> Iterator[str]:
    order = (Outcome.ERRORED, Outcome.FAILED, Outcome.UNMEASURED, Outcome.KNOWN_GAP)
    found = [result for outcome in order for result in report if result.outcome is outcome]
    for result in found[:SHOWN]:
        yield f"- {result.outcome}: `{result.title}`: {plain(result.reason)}"
    if len(found) > SHOWN:
        yield f"- and {len(found) - SHOWN} more"
    if found:
        yield ""


def line(cells: Iterable[str]) -> str:
    """A row of a table of Markdown."""
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    """Words of a server, which may be markup, as text."""
    words, *rest = re.split(r"(https?://[^\s<>]+)", text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return _escaped(words) + "".join(link + _escaped(more) for link, more in pairs)


def _escaped(words: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|&#])", r"\\\1", words)


def badges(report: Report) -> dict[str, dict[str, Any]]:
    """One for each backend@target and each of its groups, in shields' endpoint format, by its file name."""
    found = {}
    for label, results in report.columns().items():
        found[f"{label}.json"] = _badge(label, results, report)
        for group in dict.fromkeys(result.group for result in results):
            own = [result for result in results if result.group == group]
            found[f"{label}.{group}.json"] = _badge(f"{label} {group}", own, report)
    return found


def _badge(label: str, results: Sequence[Result], report: Report) -> dict[str, Any]:
    """Of an incomplete run it says so, and is no good one: what is missing may have failed."""
    outcomes = [result.outcome for result in results]
    failed = sum(outcome.is_failure for outcome in outcomes)
    problems = sum(outcome.is_problem for outcome in outcomes)
    return {
        "schemaVersion": 1,
        "label": label,
        "message": f"{outcomes.count(Outcome.PASSED)}/{len(results)}{', incomplete' * report.is_incomplete}",
        "color": "red" if failed else "yellow" if problems or report.is_incomplete else "brightgreen",
    }
