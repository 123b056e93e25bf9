"""Known gaps: laws that a server is known to break, each with a reason and a link to the upstream bug."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from conformance.judging.judge import Outcome, Verdict
from conformance.judging.law import Law

LINK = re.compile(r"https://\S+")


class GapsError(Exception):
    """The declaration of known gaps cannot be used; the message says why."""


def read_gaps(path: Path) -> dict[str, str]:
    """The reason of each known gap in a TOML file, by the law that is broken, or by one case of it.

    Raises:
        GapsError: the file cannot be read, or a reason has no link.
    """
    try:
        gaps = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:  # not there; not TOML, or not UTF-8
        raise GapsError(f"{path} cannot be read: {error}") from error
    for name, reason in gaps.items():
        if not isinstance(reason, str) or not LINK.search(reason):
            raise GapsError(f"{path}: the known gap {name} needs a reason with a link to its bug, https://…")
    return gaps


def check_names(gaps: Iterable[str], laws: Sequence[Law]) -> None:
    """Every known gap names a law.

    Raises:
        GapsError: one does not.
    """
    names = {name for law in laws for name in (law.id, law.whole)}
    for gap in gaps:
        if gap not in names:
            near = get_close_matches(gap, sorted(names), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise GapsError(f"a known gap names no law: {gap!r}{hint}")


def excused(verdicts: Sequence[Verdict], gaps: Mapping[str, str]) -> list[Verdict]:
    """The verdicts with what is broken as declared as a known gap, and with the gaps that have closed.

    A gap has closed where every case of it that is asked holds: then its declaration must go.
    """
    return list(_excused(verdicts, gaps))


def _excused(verdicts: Sequence[Verdict], gaps: Mapping[str, str]) -> Iterator[Verdict]:
    for each in verdicts:
        gap = next((name for name in (each.law.id, each.law.whole) if name in gaps), None)
        if gap is None:
            yield each
            continue
        outcomes = {other.outcome for other in verdicts if gap in (other.law.id, other.law.whole)}
        if each.outcome is Outcome.BROKEN:
            yield replace(each, outcome=Outcome.KNOWN_GAP, reason=gaps[gap])
        elif outcomes - {Outcome.NOT_ASKED} == {each.outcome} == {Outcome.HELD}:
            words = f"it holds, and is declared as a known gap: {gaps[gap]}; delete the declaration of {gap}"
            yield replace(each, outcome=Outcome.CLOSED_GAP, reason=words)
        else:
            yield each
