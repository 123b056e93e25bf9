"""Combines reports: the shards of a run, or the runs of several repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.report.results import Outcome, Report

SHOWN = 5
"""How many duplicate results are named."""

Named = tuple[str, Report]
"""A report and the name of its file."""


class CombineError(Exception):
    """The reports cannot be combined."""


def combined(reports: Sequence[Named]) -> Report:
    """The reports as one.

    It has the worst exit status and all narrowings, but no shard: every shard is there. For what else the
    headers say, the first counts.

    Raises:
        CombineError: one is incomplete, a shard is missing or duplicate, or two hold the same result.
    """
    if not reports:
        raise CombineError("there is nothing to combine")
    mistakes = [
        *_incomplete(reports),
        *_missing_shards(reports),
        *_duplicates(reports),
    ]
    if mistakes:
        raise CombineError("\n".join(mistakes))
    parts = [report for _, report in reports]
    # Shards are put into the order of one process, other runs one after the other.
    sharded = all(each.header.get("shard") for each in parts)
    pairs = [(0 if sharded else number, each) for number, part in enumerate(parts) for each in part]
    pairs.sort(key=lambda pair: (pair[0], pair[1].index))
    results = [replace(each, index=index) for index, (_, each) in enumerate(pairs)]
    whole = Report(_header(parts), results, orphans=_orphans(parts))
    whole.footer = _footer(whole, parts)
    return whole


def _incomplete(reports: Sequence[Named]) -> Iterator[str]:
    for name, report in reports:
        if report.is_incomplete:
            yield from (f"{name}: {doubt}" for doubt in report.doubts)


def _missing_shards(reports: Sequence[Named]) -> Iterator[str]:
    """Shards of one count belong together: ``2/5`` is the second of five."""
    numbers_of: dict[str, list[str]] = {}
    for _, report in reports:
        if shard := report.header.get("shard"):
            number, _, of = shard.partition("/")
            numbers_of.setdefault(of, []).append(number)
    for of, numbers in numbers_of.items():
        for number in map(str, range(1, int(of) + 1)):
            if (count := numbers.count(number)) != 1:
                yield f"shard {number}/{of} is {f'given {count} times' if count else 'missing'}"


def _duplicates(reports: Sequence[Named]) -> Iterator[str]:
    first: dict[str, str] = {}
    duplicates = []
    for name, report in reports:
        for result in report:
            if result.title in first:
                duplicates.append(f"{result.title} is in {first[result.title]} and in {name}")
            first.setdefault(result.title, name)
    yield from duplicates[:SHOWN]
    if len(duplicates) > SHOWN:
        yield f"and {len(duplicates) - SHOWN} more duplicates"


def _header(parts: Sequence[Report]) -> dict[str, Any]:
    headers = [part.header for part in parts]
    backends = {(each["backend"], each["target"]): each for head in headers for each in head["backends"]}
    narrowed = dict.fromkeys(words for head in headers for words in head["narrowed"])
    return {
        **headers[0],
        "started": min(head["started"] for head in headers),
        "sdks": _versions(head["sdks"] for head in headers),
        "shard": None,
        "narrowed": list(narrowed),
        "backends": list(backends.values()),
        "bugs": {id_: bug for head in headers for id_, bug in head["bugs"].items()},
    }


def _versions(sdks: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Each SDK with its version, or with several if the runs had different ones."""
    versions: dict[str, dict[str, None]] = {}
    for each in sdks:
        for name, version in each.items():
            versions.setdefault(name, {})[version] = None
    return {name: ", ".join(each) for name, each in versions.items()}


def _orphans(parts: Sequence[Report]) -> list[str] | None:
    """None if a part did not look for them; each shard looks for all of them."""
    lists = [part.orphans for part in parts]
    return None if None in lists else list(dict.fromkeys(path for each in lists for path in each or ()))


def _footer(whole: Report, parts: Sequence[Report]) -> dict[str, Any]:
    footers = [part.footer for part in parts if part.footer is not None]
    return {
        "runs": len(whole),
        "counts": {str(outcome): whole.counts()[outcome] for outcome in Outcome},
        "exit_status": max(each["exit_status"] for each in footers),
        "complete": all(each["complete"] for each in footers),
        "switched_off": [],
        "newer": {label: count for each in footers for label, count in each.get("newer", {}).items()},
        "lost": [],
        "orphans": whole.orphans,
    }
