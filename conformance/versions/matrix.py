"""What each version of an SDK breaks: a row a version, then why, and what is asked otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich import box
from rich.table import Table as RichTable

from conformance.report.results import Outcome, Report, Result
from conformance.report.summary import line, plain
from conformance.report.terminal import rendered
from conformance.versions.difference import Difference, difference

HEADS = ("passed", "known gaps", "failed", "newly failing", "mended", "requests changed")

SHOWN = 12
"""How many reasons of a version a terminal shows; the file has all of them."""

_CLOSED = "[XPASS(strict)]"
"""What the reason of a known gap begins with that is none any more."""


@dataclass(frozen=True)
class Version:
    """A run with one version of an SDK, and the one that it is measured against.

    Attributes:
        report: what was found.
        locked: the same with the version that the project has locked.
        beyond: whether the project does not admit it.
    """

    report: Report
    locked: Report
    beyond: bool = False

    @cached_property
    def difference(self) -> Difference:
        """What changed from the locked one."""
        return difference(self.locked, self.report)

    @cached_property
    def broken(self) -> list[Result]:
        """What fails here and does not with the locked one."""
        failing = {result.title for result in self.locked if result.outcome.is_failure}
        found = (each for each in self.report if each.outcome.is_failure and not _is_closed(each))
        return [each for each in found if each.title not in failing]

    @cached_property
    def mended(self) -> list[Result]:
        """What passes here and does not with the locked one, known gaps too."""
        before = {result.title: result.outcome for result in self.locked}
        return [
            each for each in self.report if before.get(each.title, Outcome.PASSED).is_problem and _holds(each)
        ]

    @property
    def counts(self) -> tuple[int, ...]:
        """What stands under the heads; a known gap that is closed has not failed."""
        outcomes = self.report.counts()
        closed = sum(_is_closed(each) for each in self.report)
        return (
            outcomes[Outcome.PASSED] + closed,
            outcomes[Outcome.KNOWN_GAP],
            outcomes[Outcome.FAILED] + outcomes[Outcome.ERRORED] - closed,
            len(self.broken),
            len(self.mended),
            sum(len(each.scenarios) for each in self.difference.changed),
        )

    def reasons(self) -> list[tuple[str, list[Result]]]:
        """Why what is broken is: each reason in words, and what it broke; the most frequent first."""
        found: dict[str, list[Result]] = {}
        for each in self.broken:
            found.setdefault(f"{each.outcome}: {each.reason}", []).append(each)
        return sorted(found.items(), key=lambda item: -len(item[1]))

    def asked(self, results: Iterable[Result]) -> str:
        """What the results asked otherwise than with the locked version, by the first change; or nothing."""
        found = (each for result in results for each in self.difference.requests.get(result.title, ()))
        return f"it also asks something else: {first}" if (first := next(found, None)) is not None else ""


@dataclass(frozen=True)
class Table:
    """The versions of one SDK, the locked one first."""

    sdk: str
    versions: Sequence[Version]

    def name(self, version: Version) -> str:
        """The SDK and its version, as the run found it installed."""
        return f"{self.sdk} {version.report.header['sdks'].get(self.sdk, 'not installed')}"

    def note(self, version: Version) -> str:
        """What else there is to know of a version."""
        if version.report.is_incomplete:
            return version.report.doubts[0]
        if version.report is version.locked:
            return "locked"
        return "not admitted by pyproject.toml" if version.beyond else ""


def shown(table: Table) -> Iterator[str]:
    """The table and what is below it, for a terminal."""
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
            if words := version.asked(results):
                yield f"    {words}"
        if (left := len(version.reasons()) - SHOWN) > 0:
            yield f"{name} breaks more, for {left} other reasons"
        yield from (f"{name} mends {each.title}" for each in version.mended)
        yield from (f"{name} changes {each}" for each in version.difference.changed)
    yield ""


def markdown(tables: Sequence[Table]) -> str:
    """The same of several SDKs as Markdown, and in full."""
    return "\n".join(part for table in tables for part in _section(table))


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.sdk}\n"
    yield line(["version", *HEADS, ""])
    yield line(["---", *("--:" for _ in HEADS), "---"])
    for version in table.versions:
        yield line([table.name(version), *map(str, version.counts), table.note(version)])
    yield ""
    for version in table.versions:
        if told := list(_told(version)):
            yield f"### {table.name(version)}\n"
            yield from told
            yield ""


def _told(version: Version) -> Iterator[str]:
    for reason, results in version.reasons():
        words = "; ".join(filter(None, (reason, version.asked(results))))
        yield f"- breaks {_titles(results, most=len(results))}: {plain(words)}"
    yield from (f"- mends `{each.title}`" for each in version.mended)
    for each in version.difference.changed:
        of = f"{len(each.scenarios)} of {each.label}, first `{each.scenarios[0]}`"
        yield f"- changes {of}: {plain(str(each.example))}"


def _titles(results: Sequence[Result], most: int = 3) -> str:
    """Each scenario once, with the targets that it failed on."""
    labels: dict[str, list[str]] = {}
    for each in results:
        labels.setdefault(each.id, []).append(each.label)
    named = [f"{id_} ({', '.join(on)})" for id_, on in labels.items()]
    return ", ".join([*named[:most], *([f"and {len(named) - most} more"] if len(named) > most else [])])


def _holds(result: Result) -> bool:
    return result.outcome is Outcome.PASSED or _is_closed(result)


def _is_closed(result: Result) -> bool:
    return result.outcome is Outcome.FAILED and result.reason.startswith(_CLOSED)
