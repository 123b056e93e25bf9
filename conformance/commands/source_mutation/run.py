"""Runs source mutants, and shows how many of them the scenarios kill."""

from __future__ import annotations

import io
import shlex
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from rich import box
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from conformance import SUITE
from conformance.commands.command import suite_arguments
from conformance.commands.source_mutation.changes import Change, changes
from conformance.commands.source_mutation.importing import Package
from conformance.commands.source_mutation.judging import Judge, Verdict
from conformance.report.counts import counted
from conformance.runner.targets.pyproject import bound_targets
from conformance.runner.targets.target import BindingError

WIDTH = 160
"""Columns of the table if the output is not a terminal."""


@dataclass(frozen=True)
class Settings:
    """The table ``[tool.conformance.source-mutants]`` of a pyproject.toml.

    Attributes:
        least: the percentage of the mutants, without equivalent ones, that must be killed.
        equivalent: for each mutant that changes no behaviour, the reason.
    """

    least: float
    equivalent: Mapping[tuple[str, str, str, str], str]


def settings_of(project: Path) -> Settings:
    """The settings of a project; without any, nothing is demanded.

    Raises:
        OSError: the file of equivalent mutants cannot be read.
        KeyError: an equivalent mutant lacks a key.
    """
    tables: Any = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    table = tables["tool"]["conformance"].get("source-mutants", {})
    listed: Any = (
        tomllib.loads((project / table["equivalent"]).read_text("utf-8")) if "equivalent" in table else {}
    )
    equivalent = {
        (path, each.get("in", ""), each["was"], each["is"]): each["reason"]
        for path, entries in listed.items()
        for each in entries
    }
    return Settings(table.get("least", 0), equivalent)


def run_source_mutants(
    places: Sequence[str],
    selection: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 0,
    scenarios: str = SUITE,
) -> int:
    """Run a sample of the source mutants, show what happened, and return the exit status.

    Args:
        places: only in these files or folders, or at ``file:line``; all if empty.
        selection: the options that narrow the scenarios.
        sample: how many mutants; all if None.
        seed: another seed draws other mutants. A mutant stays in the sample when other lines change.
        scenarios: the package of the suite.
    """
    # The file is named, because what pytest writes to the standard output is kept back.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH)
    try:
        settings, package = settings_of(Path.cwd()), _package(Path.cwd())
    except (OSError, KeyError, ValueError, BindingError) as error:
        console.print(f"{type(error).__name__}: {error}", markup=False, highlight=False)
        return pytest.ExitCode.USAGE_ERROR
    every = _changes(package)
    chosen = [each for each in every if not places or any(_is_at(each, place) for place in places)]
    chosen.sort(key=lambda each: sha256(f"{seed} {each.key}".encode()).digest())
    run = Run(chosen[:sample], settings)
    run.stale = [*settings.equivalent.keys() - {each.key for each in every}]
    if not chosen:
        console.print(f"there is nothing to change in {' '.join(places)}", markup=False, highlight=False)
        return pytest.ExitCode.USAGE_ERROR
    status, output = run.start(package, scenarios, selection, console)
    if status != pytest.ExitCode.OK and status != pytest.ExitCode.NO_TESTS_COLLECTED:
        console.print(output, markup=False, highlight=False)
        return int(status)
    return _show(run, console)


def _package(project: Path) -> Package:
    names = {
        each.factory.partition(":")[0].partition(".")[0] for each in bound_targets(project / "pyproject.toml")
    }
    if len(names) > 1:
        raise ValueError(f"the backends are in several packages: {', '.join(sorted(names))}")
    return Package.called(names.pop())


def _changes(package: Package) -> list[Change]:
    files = sorted(package.folder.rglob("*.py"))
    return [each for file in files for each in changes(package.path_of(str(file)) or "", file.read_bytes())]


def _is_at(change: Change, place: str) -> bool:
    return place in (change.path, change.place) or change.path.startswith(f"{place.rstrip('/')}/")


class Run:
    """A run over mutants, and what became of them."""

    def __init__(self, changes: Sequence[Change], settings: Settings) -> None:
        self.changes, self.settings = changes, settings
        self.equivalent = [each for each in changes if each.key in settings.equivalent]
        self.stale: Sequence[tuple[str, ...]] = ()
        self.failing: Sequence[str] = ()
        self.unserved: Sequence[str] = ()
        self.verdicts: list[Verdict] = []

    def start(
        self, package: Package, scenarios: str, chosen: Sequence[str], console: Console
    ) -> tuple[int, str]:
        """Judge the mutants, and return the status and the output of pytest."""
        killed = "{task.fields[killed]} killed, {task.fields[survived]} survived"
        columns = (
            TextColumn("{task.description}"),
            MofNCompleteColumn(),
            TextColumn(killed),
            TimeElapsedColumn(),
        )
        progress = Progress(*columns, console=console, transient=True)
        tried = [each for each in self.changes if each not in self.equivalent]
        task = progress.add_task("mutants", total=len(tried), killed=0, survived=0)

        def judged(verdict: Verdict) -> None:
            self.verdicts.append(verdict)
            if verdict.killer is None:
                _show_survivor(verdict, shlex.join(chosen), console)
            killed = sum(each.killer is not None for each in self.verdicts)
            progress.update(task, advance=1, killed=killed, survived=len(self.verdicts) - killed)

        quiet = [
            "-q",
            "-s",
            "--collect-only",  # this process runs no scenario: its forks do
            "--tb=short",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:unraisableexception",
            "-n",
            "0",
        ]
        arguments = [*suite_arguments(Path.cwd(), scenarios), *quiet, *chosen]
        judge = Judge(tried, package, arguments, judged)
        output = io.StringIO()
        with redirect_stdout(output), progress:
            status = pytest.main(arguments, plugins=[judge])
        self.failing = judge.failing
        self.unserved = sorted({each.path for each in tried} - judge.served)
        return int(status), output.getvalue()


def _show_survivor(verdict: Verdict, narrowed: str, console: Console) -> None:
    change = verdict.change
    asked = f"{counted(verdict.scenarios, 'scenario')} of {counted(verdict.targets, 'target')}"
    lines = [
        f"{change.place} survived {asked}",
        f"  - {change.before}",
        f"  + {change.after}",
        f"  python -m conformance source-mutants {change.place} {narrowed}".rstrip(),
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _show(run: Run, console: Console) -> int:
    killed = sum(each.killer is not None for each in run.verdicts)
    percent = _percent(killed, len(run.verdicts))
    console.print(_table(run))
    notes = [
        *(f"left out, for no scenario of these targets runs it: {each}" for each in run.unserved),
        *(f"left out, for it fails without a change: {each}" for each in run.failing),
        *(f"an equivalent mutant is no longer there: {' | '.join(each)}" for each in run.stale),
        f"{percent:.1f} % killed; {run.settings.least} % are demanded",
    ]
    for line in notes:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 1 if percent < run.settings.least or run.failing or run.stale else 0


def _table(run: Run) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("file", "mutants", "killed", "of these hung", "survived", "equivalent", "percent"):
        table.add_column(head, justify="left" if head == "file" else "right")
    files = sorted({each.path for each in run.changes} - {*run.unserved})
    for name, paths in [*((file, [file]) for file in files), ("all", files)]:
        tried = [each for each in run.verdicts if each.change.path in paths]
        killed = [each for each in tried if each.killer is not None]
        hung = sum(each.hung for each in killed)
        same = sum(each.path in paths for each in run.equivalent)
        counts = (len(tried) + same, len(killed), hung, len(tried) - len(killed), same)
        table.add_row(name, *map(str, counts), f"{_percent(len(killed), len(tried)):.1f}")
    return table


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0
