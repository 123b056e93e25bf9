"""What each version of an SDK breaks: a row per version, then the reasons and the changed requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich import box
from rich.table import Table as RichTable

from conformance.commands.compare.difference import Difference, difference
from conformance.report.counts import counted
from conformance.report.results import Fault, Outcome, Report, Result
from conformance.report.summary import line, plain
from conformance.report.terminal import rendered

HEADS = ("passed", "known gaps", "failed", "newly failing", "mended", "requests changed")

SHOWN = 12
"""Reasons per version in a terminal; the file has all of them."""


@dataclass(frozen=True)
class Version:
    """A run with one version of an SDK, and the run that it is compared with.

    Attributes:
        report: the results with this version.
        locked: the results with the version that the project has locked.
        beyond: whether the project does not admit this version.
    """

    report: Report
    locked: Report
    beyond: bool = False

    @cached_property
    def difference(self) -> Difference:
        """What changed from the locked version."""
        return difference(self.locked, self.report)

    @cached_property
    def broken(self) -> list[Result]:
        """Results that fail here and do not with the locked version."""
        failing = {result.title for result in self.locked if result.outcome.is_failure}
        found = (each for each in self.report if each.outcome.is_failure and not _is_closed(each))
        return [each for each in found if each.title not in failing]

    @cached_property
    def mended(self) -> list[Result]:
        """Results that pass here and do not with the locked version, known gaps included."""
        before = {result.title: result.outcome for result in self.locked}
        return [
            each for each in self.report if before.get(each.title, Outcome.PASSED).is_problem and _holds(each)
        ]

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers below ``HEADS``; a known gap that has started to pass counts as passed."""
        outcomes = self.report.counts()
        closed = sum(_is_closed(each) for each in self.report)
        return (
            outcomes[Outcome.PASSED] + closed,
            outcomes[Outcome.KNOWN_GAP],
            outcomes[Outcome.FAILED] + outcomes[Outcome.ERRORED] - closed,
            len(self.broken),
            len(self.mended),
            sum(len(each.cases) for each in self.difference.changed),
        )

    def reasons(self) -> list[tuple[str, list[Result]]]:
        """The reasons of what is broken, each with the results that it broke; the most frequent first."""
        found: dict[str, list[Result]] = {}
        for each in self.broken:
            found.setdefault(f"{each.outcome}: {each.reason}", []).append(each)
        return sorted(found.items(), key=lambda item: -len(item[1]))

    def changed_request(self, results: Iterable[Result]) -> str:
        """The first request of ``results`` that differs from the locked version, in words; empty for none."""
        found = (each for result in results for each in self.difference.requests.get(result.title, ()))
        return f"its request changed too: {first}" if (first := next(found, None)) is not None else ""


@dataclass(frozen=True)
class Table:
    """The versions of one SDK, the locked one first."""

    sdk: str
    versions: Sequence[Version]

    def name(self, version: Version) -> str:
        """The SDK and its version, as the run found it installed."""
        return f"{self.sdk} {version.report.header['sdks'].get(self.sdk, 'not installed')}"

    def note(self, version: Version) -> str:
        """A remark on a version; empty for none."""
        if version.report.is_incomplete:
            return str(version.report.doubts[0])
        if version.report is version.locked:
            return "locked"
        return "not admitted by pyproject.toml" if version.beyond else ""


def shown(table: Table) -> Iterator[str]:
    """The table and the details below it, as lines for a terminal."""
    rows = RichTable(box=box.SIMPLE_HEAD)
    rows.add_column("version")
    for head in HEADS:
        rows.add_column(head.replace(" ", "\n"), justify="right")
    rows.add_column("")
    for version in table.versions:
        rows.add_row(table.name(version), *map(str, version.counts), table.note(version))
    yield from rendered(rows).splitlines()
    for version in table.versions:
        name = table.name(version)
        for reason, results in version.reasons()[:SHOWN]:
            yield f"{name} breaks {_titles(results)}: {reason}"
            if words := version.changed_request(results):
                yield f"    {words}"
        if (left := len(version.reasons()) - SHOWN) > 0:
            yield f"{name} breaks more, for {counted(left, 'other reason')}"
        yield from (f"{name} mends {each.title}" for each in version.mended)
        yield from (f"{name} changes {each}" for each in version.difference.changed)
    yield ""


def markdown(tables: Sequence[Table]) -> str:
    """The same for several SDKs as Markdown, with all reasons."""
    return "\n".join(part for table in tables for part in _section(table))


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.sdk}\n"
    yield line(["version", *HEADS, ""])
    yield line(["---", *("--:" for _ in HEADS), "---"])
    for version in table.versions:
        yield line([table.name(version), *map(str, version.counts), table.note(version)])
    yield ""
    for version in table.versions:
        if details := list(_details(version)):
            yield f"### {table.name(version)}\n"
            yield from details
            yield ""


def _details(version: Version) -> Iterator[str]:
    for reason, results in version.reasons():
        words = "; ".join(filter(None, (reason, version.changed_request(results))))
        yield f"- breaks {plain(_titles(results, most=len(results)))}: {plain(words)}"
    yield from (f"- mends {plain(each.title)}" for each in version.mended)
    for each in version.difference.changed:
        of = f"{len(each.cases)} of {each.label}, first {each.cases[0]}"
        yield f"- changes {plain(f'{of}: {each.example}')}"


def _titles(results: Sequence[Result], most: int = 3) -> str:
    """The cases of ``results``, each once with the targets that it failed on."""
    labels: dict[str, list[str]] = {}
    for each in results:
        labels.setdefault(each.id, []).append(each.label)
    named = [f"{id_} ({', '.join(on)})" for id_, on in labels.items()]
    return ", ".join([*named[:most], *([f"and {len(named) - most} more"] if len(named) > most else [])])


def _holds(result: Result) -> bool:
    return result.outcome is Outcome.PASSED or _is_closed(result)


def _is_closed(result: Result) -> bool:
    return result.fault is Fault.CLOSED_GAP
