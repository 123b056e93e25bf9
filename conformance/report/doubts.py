"""Why a report does not show the whole suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DoubtKind(StrEnum):
    """How a report falls short of the whole suite."""

    INCOMPLETE = "incomplete"
    PARTIAL = "partial run"


@dataclass(frozen=True)
class Doubt:
    """A reason why a report does not show the whole suite.

    Attributes:
        kind: ``incomplete``: results are missing that the run should have given; ``partial run``: the run was
            narrowed, and all of its results are there.
        reason: the missing results, or the option that narrowed the run.
    """

    kind: DoubtKind
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


SHOWN = 5
"""How many of the tests without a result are named."""


def doubts(
    header: Mapping[str, Any], counts: Mapping[str, int], footer: Mapping[str, Any] | None
) -> Iterator[Doubt]:
    """The doubts about a file with so many results of each outcome."""
    written = sum(counts.values())
    incomplete, partial = DoubtKind.INCOMPLETE, DoubtKind.PARTIAL
    if footer is None:
        yield Doubt(incomplete, f"the run was interrupted; results written: {written}")
        return
    if footer["runs"] != written:
        yield Doubt(incomplete, f"the footer counts {footer['runs']} results, the file has {written}")
    elif any(footer["counts"].get(outcome, 0) != count for outcome, count in counts.items()):
        yield Doubt(incomplete, "the footer counts other outcomes than the file has")
    if off := footer.get("switched_off"):
        yield Doubt(incomplete, f"parts of the suite were switched off: {len(off)}, the first: {off[0]}")
    lost = footer["lost"]
    yield from (Doubt(incomplete, f"{test} gave no result") for test in lost[:SHOWN])
    if len(lost) > SHOWN:
        yield Doubt(incomplete, f"{len(lost) - SHOWN} more gave no result")
    for name, left in footer.get("given_up", {}).items():
        yield Doubt(
            incomplete, f"{name} was given up: {left} cases were not asked, too many ended their process"
        )
    if header.get("shard"):
        yield Doubt(partial, f"shard {header['shard']}")
    for narrowed in header.get("narrowed", ()):
        yield Doubt(partial, f"narrowed by {narrowed}")
