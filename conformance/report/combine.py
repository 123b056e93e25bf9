"""Several reports as one: the shards of a run, or the runs of several repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.report.durations import DURATIONS
from conformance.report.results import Outcome, Report

SHOWN = 5
"""How many of the results that are there twice are named."""


Named = tuple[str, Report]
"""A report and the name of its file."""


class CombineError(Exception):
    """The reports do not make a whole."""


def combined(reports: Sequence[Named]) -> Report:
    """The reports as one.

    The worst exit status and the narrowings of all are those of the whole; a shard is no narrowing once all
    of its run are there. The header says of everything else what the first report says.

    Raises:
        CombineError: one is incomplete, a shard is missing or there twice, or two hold the same result.
    """
    if not reports:
        raise CombineError("nothing to combine")
    mistakes = [
        *_incomplete(reports),
        *_missing_shards(reports),
        *_divided_differently(reports),
        *_doubled(reports),
    ]
    if mistakes:
        raise CombineError("\n".join(mistakes))
    parts = [report for _, report in reports]
    # The order of one process, where the parts are its shards; one run after the other, where they are not.
    sharded = all(each.header.get("shard") for each in parts)
    pairs = [(0 if sharded else number, each) for number, part in enumerate(parts) for each in part]
    pairs.sort(key=lambda pair: (pair[0], pair[1].place))
    results = [replace(each, place=place) for place, (_, each) in enumerate(pairs)]
    whole = Report(_header(parts), results, orphans=_orphans(parts))
    whole.footer = _footer(whole, parts)
    return whole


def _incomplete(reports: Sequence[Named]) -> Iterator[str]:
    for name, report in reports:
        if report.is_incomplete:
            yield from (f"{name}: {doubt}" for doubt in report.doubts)


def _missing_shards(reports: Sequence[Named]) -> Iterator[str]:
    """Shards are told apart by the count that they are of: ``2/5`` is the second of five."""
    found: dict[str, list[str]] = {}
    for _, report in reports:
        if shard := report.header.get("shard"):
            number, _, of = shard.partition("/")
            found.setdefault(of, []).append(number)
    for of, numbers in found.items():
        for number in map(str, range(1, int(of) + 1)):
            if (count := numbers.count(number)) != 1:
                yield f"shard {number}/{of} is {'missing' if not count else f'there {count} times'}"


def _divided_differently(reports: Sequence[Named]) -> Iterator[str]:
    """Together they would ask something twice, and something not at all."""
    first: dict[str, Named] = {}
    for name, report in reports:
        if shard := report.header.get("shard"):
            other, known = first.setdefault(shard.partition("/")[2], (name, report))
            if known.header["divided"] != report.header["divided"]:
                yield f"{name} and {other} were divided by different {DURATIONS}: run both from one commit"


def _doubled(reports: Sequence[Named]) -> Iterator[str]:
    first: dict[str, str] = {}
    found = []
    for name, report in reports:
        for result in report:
            if result.title in first:
                found.append(f"{result.title} stands in {first[result.title]} and in {name}")
            first.setdefault(result.title, name)
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"and {len(found) - SHOWN} more stand there twice"


def _header(parts: Sequence[Report]) -> dict[str, Any]:
    headers = [part.header for part in parts]
    backends = {(each["backend"], each["target"]): each for head in headers for each in head["backends"]}
    narrowed = dict.fromkeys(words for head in headers for words in head["narrowed"])
    return {
        **headers[0],
        "started": min(head["started"] for head in headers),
        "sdks": _versions(head["sdks"] for head in headers),
        "shard": None,
        "divided": None,
        "narrowed": list(narrowed),
        "backends": list(backends.values()),
        "bugs": {id_: bug for head in headers for id_, bug in head["bugs"].items()},
    }


def _versions(found: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Each SDK with its version, or with all of them where the runs had several."""
    versions: dict[str, dict[str, None]] = {}
    for each in found:
        for name, version in each.items():
            versions.setdefault(name, {})[version] = None
    return {name: ", ".join(each) for name, each in versions.items()}


def _orphans(parts: Sequence[Report]) -> list[str] | None:
    """None where one of them could say nothing."""
    lists = [part.orphans for part in parts]
    # Each shard looks for all of them.
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
