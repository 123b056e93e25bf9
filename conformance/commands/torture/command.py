"""``conformance torture``: tries every case of the corpora, and shows how many the suite survived."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from rich import box
from rich.table import Table

from conformance.commands.command import Subcommands, add_command, say
from conformance.commands.torture import (
    faulty_backends,
    hostile_recordings,
    hostile_results,
    hostile_settings,
    lying,
    ways_out,
)
from conformance.commands.torture.case import Case
from conformance.report.terminal import rendered

CORPORA = (faulty_backends, lying, hostile_results, hostile_recordings, hostile_settings, ways_out)
"""The modules with cases; each has a sequence ``CASES``."""

NOTHING_CHOSEN = 5
"""The exit status when no case was chosen, as pytest's."""


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance torture``."""
    words = "bring hostile backends, files and servers to the suite, and show how many it survived"
    torture = add_command(commands, "torture", _run, words)
    torture.add_argument("--only", metavar="PATTERN", default="*", help="only these cases, e.g. '*fork*'")


def _run(options: argparse.Namespace) -> int:
    chosen = [case for case in cases() if fnmatchcase(case.title, options.only)]
    if not chosen:
        say(f"--only: {options.only!r} matches no case")
        return NOTHING_CHOSEN
    broken = tried(chosen)
    say(table(chosen, broken))
    for case, promise in broken.items():
        say(f"not survived: {case.title}: {promise}")
    say(f"{len(chosen)} tried, {len(chosen) - len(broken)} survived")
    return 1 if broken else 0


def cases() -> Iterator[Case]:
    """The cases of all corpora."""
    for corpus in CORPORA:
        yield from corpus.CASES


def tried(chosen: Sequence[Case]) -> dict[Case, str]:
    """The cases that were not survived, with the promise that each broke; a processor tries one at a time."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        promises = pool.map(_promise_broken_by, chosen)
        return {case: promise for case, promise in zip(chosen, promises, strict=True) if promise}


def _promise_broken_by(case: Case) -> str:
    with TemporaryDirectory(prefix="conformance-") as folder:
        try:
            return case.attack(Path(folder))
        except Exception as error:  # noqa: BLE001  # a case that cannot be tried is not survived
            return f"{type(error).__name__}: {error}"


def table(chosen: Sequence[Case], broken: dict[Case, str]) -> str:
    """Tried and survived, a line for each kind."""
    tried, hurt = (Counter(case.kind for case in each) for each in (chosen, broken))
    shown = Table(box=box.SIMPLE_HEAD)
    shown.add_column("what is brought")
    for head in ("tried", "survived"):
        shown.add_column(head, justify="right")
    for kind, count in tried.items():
        shown.add_row(kind, str(count), str(count - hurt[kind]))
    return rendered(shown)
