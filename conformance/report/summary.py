"""The short forms of a report: a Markdown summary for CI, and badges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from conformance.printable import printable
from conformance.report.answers import answered
from conformance.report.causes import by_cause
from conformance.report.counts import counted, extent, routes
from conformance.report.parts import blocks, parts
from conformance.report.results import SOURCE_WORDS, Outcome, Report, Result

SHOWN = 20
"""How many causes and other problems the summary lists; GitHub limits a summary to a megabyte."""


def markdown(report: Report) -> str:
    """The problems, a row for each target, the one with the fewest problems first, and what routes passed."""
    counts = report.counts()
    others = [outcome for outcome in Outcome if outcome is not Outcome.PASSED and counts[outcome]]
    heads = ["target", "passed", *others, *SOURCE_WORDS.values()]
    rows = []
    for heading, columns in blocks(report).items():
        rows += [[f"*{heading}*", *("" for _ in heads[1:])]] * bool(heading)
        rows += [_row(label, results, others) for label, results in columns.items()]
    verdict, *more = map(str, parts(report.results))
    lines = [
        "## Conformance of LLM backends",
        "",
        f"**{verdict}**",
        "",
        *(f"{part}\n" for part in more),
        f"{extent(report)}. {answered(report)}.",
        "",
        *(f"> **{plain(str(doubt))}**\n" for doubt in report.doubts),
        *_problems(report),
        line(heads),
        line(["---", *("--:" for _ in heads[1:])]),
        *map(line, rows),
        *(f"\n{plain(words)}" for words in routes(report)),
        "",
    ]
    return "\n".join(lines)


def _row(label: str, results: Sequence[Result], others: Iterable[Outcome]) -> list[str]:
    outcomes = [result.outcome for result in results]
    sources = [result.source for result in results]
    counts = (*map(outcomes.count, others), *map(sources.count, SOURCE_WORDS))
    passed = f"{outcomes.count(Outcome.PASSED)}/{len(results)}"
    return [plain(label), passed, *(str(count or "") for count in counts)]


def _problems(report: Report) -> Iterator[str]:
    groups = by_cause(report)
    for group in groups[:SHOWN]:
        example = group.example
        sides = (
            f": got `{_code(example.got)}`, expected `{_code(example.expected)}`" if example.expected else ""
        )
        count = f"{counted(len(group.results), 'case')} {group.outcome}"
        yield f"- {count}: {plain(group.cause)}; e.g. `{_code(example.title)}`{sides}"
    if len(groups) > SHOWN:
        yield f"- and {counted(len(groups) - SHOWN, 'cause')} more"
    others = [result for result in report.problems() if not result.outcome.is_failure]
    for result in others[:SHOWN]:
        yield f"- {result.outcome}: `{_code(result.title)}`: {plain(result.reason)}"
    if len(others) > SHOWN:
        yield f"- and {len(others) - SHOWN} more"
    if groups or others:
        yield ""


def _code(text: str) -> str:
    """``text`` for a code span, which a backtick would end."""
    return " ".join(printable(text).split()).replace("`", "'")


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    """``text``, which may contain markup of a server, escaped for Markdown; links stay links."""
    parts = re.split(r"(https?://[^\s<>|]+)", " ".join(printable(text).split()))
    parts[::2] = [re.sub(r"([\\`*_\[\]<>|&#])", r"\\\1", words) for words in parts[::2]]
    return "".join(parts)


def badges(report: Report) -> dict[str, dict[str, Any]]:
    """Badges in shields' endpoint format by file name, in which a slash of a label is quoted.

    One for each backend@target and each of its groups, and one for all routes of a backend.
    """
    made, incomplete = {}, report.is_incomplete
    for label, results in report.columns().items():
        made[_file(label)] = _badge(label, results, incomplete=incomplete)
        groups: dict[str, list[Result]] = {}
        for result in results:
            groups.setdefault(result.group, []).append(result)
        for group, own in groups.items():
            made[_file(f"{label}.{group}")] = _badge(f"{label} {group}", own, incomplete=incomplete)
    of_routes: dict[str, list[Result]] = {}
    for label, results in report.routes().items():
        of_routes.setdefault(f"{label.partition('@')[0]}@routes", []).extend(results)
    return made | {
        _file(label): _badge(label, results, incomplete=incomplete) for label, results in of_routes.items()
    }


def _file(label: str) -> str:
    return f"{quote(label, safe='@', errors='replace')}.json"


def _badge(label: str, results: Sequence[Result], *, incomplete: bool) -> dict[str, Any]:
    """It is green where something passed and nothing is missing, which may have failed."""
    outcomes = [result.outcome for result in results]
    failed = sum(outcome.is_failure for outcome in outcomes)
    problems = sum(outcome.is_problem for outcome in outcomes)
    passed = outcomes.count(Outcome.PASSED)
    found = parts(results)
    scores = [f"{part.passed}/{len(part.results)}{part.short and ' ' + part.short}" for part in found]
    colour = "red" if failed else "yellow" if problems or incomplete else "lightgrey"
    return {
        "schemaVersion": 1,
        "label": label,
        "message": ", ".join([*scores, *["incomplete"] * incomplete]),
        "color": "brightgreen" if colour == "lightgrey" and passed else colour,
    }
