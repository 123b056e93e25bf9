"""The command line: ``python -m conformance check | report | record | combine | diff | …``."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from conformance.commands import report as reports
from conformance.commands.audit import audit
from conformance.commands.compare import commands as compared
from conformance.commands.mutation.run import run_mutants
from conformance.commands.record import Selection, dry_run, look_for_drift, record
from conformance.entry import suite_arguments
from conformance.runner.targets.selection import NamedBackend
from conformance.runner.targets.target import CASSETTES, BindingError
from conformance.servers.scripted.dialects import DIALECTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    if given[:1] == ["sabotage"]:
        sys.stderr.write("warning: 'conformance sabotage' is now called 'conformance mutants'\n")
        given[0] = "mutants"
    options = _parser().parse_args(given)
    if options.command == "record":
        return (dry_run if options.dry_run else record)(_choice(options), os.environ, _say)
    if options.command == "drift":
        return look_for_drift(_choice(options), os.environ, options.markdown, _say)
    if options.command == "audit":
        return audit(Path(CASSETTES).resolve(), os.environ, _say)
    if options.command == "docs":
        return _write_docs(Path("docs"))
    if options.command == "mutants":
        return run_mutants(options.backend, options.only, whole=options.whole)
    if options.command == "combine":
        return reports.combine(options.files, options.output, _say)
    if options.command == "diff":
        return compared.diff(options.old, options.new, _say)
    if options.command == "versions":
        return compared.versions(options.of, options.beyond, options.output, _say)
    shown = ["-q", "-rN", "--tb=short", "--matrix"]
    chosen = _given({"--target": options.target, "--scenario": options.scenario})
    arguments = [*suite_arguments(Path.cwd()), *shown, *chosen]
    if options.command == "check":
        part = _given({"--shard": options.shard, "--results": options.results})
        return _check(options, [*arguments, *part])
    if options.command == "report":
        if options.results is not None:
            return reports.shown(options.results, options.output, _say)
        return reports.report(options.output, [*arguments, "-n", options.workers], _say)
    return int(pytest.main(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance", description="Conformance of LLM backends.")
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "check": "ask every bound backend, or the one that is named, and show the matrix",
        "report": "ask the same, and write report/: results, page, summary, JUnit and badges",
        "record": "record again from the embedded engine, and from every hosted server whose key is set",
        "drift": "record into a scratch folder and say what changed since the recordings were made",
    }
    words = "write docs/scenarios.md: every scenario, its law, the real bugs it stands against"
    commands.add_parser("docs", help=words, description=words)
    words = "look for secrets, orphans and what no longer replays among the recordings"
    commands.add_parser("audit", help=words, description=words)
    for name, words in helps.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument(
            "--target", metavar="PATTERN", help="only these backend@target, e.g. 'litellm@*'"
        )
        command.add_argument("--scenario", metavar="PATTERN", help="only these, e.g. tools or tools/call-*")
    for name in ("record", "drift"):
        commands.choices[name].add_argument(
            "--max-cost", metavar="DOLLARS", type=float, default=10.0, help="what may be spent (%(default)s)"
        )
    commands.choices["record"].add_argument(
        "--dry-run", action="store_true", help="only say what would be asked, needed and spent at most"
    )
    commands.choices["drift"].add_argument(
        "--markdown", metavar="FILE", type=Path, help="write the report for a pull request"
    )
    _add_backend(commands.choices["check"])
    _add_shard(commands.choices["check"])
    _add_reports(commands)
    words = "run mutants of a backend, and show which scenarios kill each of them"
    command = commands.add_parser("mutants", help=words, description=words)
    command.add_argument(
        "--backend",
        metavar="NAME@TARGET",
        default="openai@engine",
        help="the backend to mutate (%(default)s)",
    )
    command.add_argument("--only", metavar="PATTERN", help="only these mutants, e.g. 'leaks_*'")
    command.add_argument(
        "--whole", action="store_true", help="ask each the whole suite, not only the group of its law"
    )
    return parser


def _add_reports(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands that read results files, and the further options of ``report``."""
    report = commands.choices["report"]
    report.add_argument(
        "-o", "--output", metavar="DIR", type=Path, default=Path("report"), help="%(default)s"
    )
    report.add_argument("-n", "--workers", metavar="N", default="auto", help="processes (%(default)s)")
    report.add_argument("--results", metavar="FILE", type=Path, help="run nothing: show these results")
    words = "join the results of shards and of other repositories; a missing shard is an error"
    combine = commands.add_parser("combine", help=words, description=words)
    combine.add_argument("files", metavar="FILE", nargs="+", type=Path)
    combine.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    words = "say what changed between two runs, requests too; the exit status is 1 where something got worse"
    diff = commands.add_parser("diff", help=words, description=words)
    diff.add_argument("old", metavar="OLD", type=Path)
    diff.add_argument("new", metavar="NEW", type=Path)
    words = "show what each version of an SDK breaks, from a results file of each"
    versions = commands.add_parser("versions", help=words, description=words)
    versions.add_argument(
        "--of",
        metavar=("SDK", "FILE"),
        nargs="+",
        action="append",
        required=True,
        help="its results; the first file is what the others are measured against",
    )
    words = "a version that the project does not admit: what it breaks fails nothing"
    versions.add_argument("--beyond", metavar="FILE", type=Path, action="append", default=[], help=words)
    versions.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)


def _add_backend(check: argparse.ArgumentParser) -> None:
    """The options of ``check`` for a backend that is not declared."""
    check.add_argument(
        "backend", metavar="PKG:CLASS", nargs="?", help="this class, and none that is declared"
    )
    check.add_argument("--base-url", metavar="URL", help="in front of this server, not the embedded engine")
    check.add_argument("--model", metavar="MODEL", help="the model of that server")
    check.add_argument("--key-env", metavar="NAME", help="the variable that holds the key of that server")
    check.add_argument("--dialect", choices=[*DIALECTS], help="the wire it speaks (openai)")


def _add_shard(check: argparse.ArgumentParser) -> None:
    """The options of ``check`` on one machine of several."""
    check.add_argument("--shard", metavar="N/M", help="only this part of the scenarios, as 2/5")
    check.add_argument("--results", metavar="FILE", type=Path, help="write what was found as JSON lines")


def _check(options: argparse.Namespace, arguments: list[str]) -> int:
    """Ask the bound backends the suite, or the one that is named once it has taken the first steps."""
    described = {"url": options.base_url, "model": options.model, "dialect": options.dialect}
    key = {"--key-env": options.key_env}
    if options.backend is None:
        if any(value is not None for value in (*described.values(), *key.values())):
            _say("--base-url, --model, --dialect and --key-env need a backend: conformance check PKG:CLASS")
            return int(pytest.ExitCode.USAGE_ERROR)
        return int(pytest.main(arguments))
    wire = options.dialect or "openai"
    named = NamedBackend(options.backend, options.base_url, options.model, wire, options.key_env)
    try:
        named.target()
        named.key(os.environ)
    except BindingError as error:
        _say(str(error))
        return int(pytest.ExitCode.USAGE_ERROR)
    steps = _given(key | {f"--{name}": value for name, value in described.items()})
    # A process of its own: it must not import modules whose assertions pytest has yet to rewrite.
    smoke = [sys.executable, "-m", "conformance.commands.smoke", named.factory, *steps]
    if status := subprocess.run(smoke, check=False).returncode:
        if status < 0:
            print(f"stopped: the backend's process was killed by {signal.Signals(-status).name}")  # noqa: T201
        return abs(status)
    bound = _given(key | {f"--backend-{name}": value for name, value in described.items()})
    # The reason of each failure stands below the matrix, with the command that shows its traceback.
    return int(pytest.main([*arguments, "--tb=no", "--backend", named.factory, *bound]))


def _choice(options: argparse.Namespace) -> Selection:
    return Selection(Path(CASSETTES).resolve(), options.target, options.scenario, options.max_cost)


def _given(options: Mapping[str, object]) -> list[str]:
    """The command-line arguments for those ``options`` that have a value."""
    return [part for name, value in options.items() if value for part in (name, str(value))]


def _write_docs(folder: Path) -> int:
    """Write the catalogue; a test fails where it is out of date."""
    # Imported here: it imports the suite, whose assertions pytest rewrites for the other commands.
    from conformance.commands.catalogue_page import page
    from conformance.runner.collection.bugs import known_bugs
    from conformance.runner.collection.catalogue import entries

    file = folder / "scenarios.md"
    file.write_text(page(entries(), known_bugs()), "utf-8")
    _say(str(file))
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
