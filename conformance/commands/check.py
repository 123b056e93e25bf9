"""``conformance check``: the suite on every bound backend, or on the one that is named."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from conformance.commands.command import (
    USAGE,
    Subcommands,
    add_command,
    add_selection,
    given,
    matrix_arguments,
    say,
)
from conformance.commands.report import write_report
from conformance.commands.suite import run_suite
from conformance.runner.targets.selection import NamedBackend
from conformance.runner.targets.target import BindingError
from conformance.servers.scripted.dialects import DIALECTS


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance check``."""
    words = "run the suite on every bound backend, or on the one that is named, and show the matrix"
    check = add_command(commands, "check", run, words)
    add_selection(check)
    check.add_argument("backend", metavar="PKG:CLASS", nargs="?", help="run the suite only on this class")
    check.add_argument("--base-url", metavar="URL", help="use this server instead of the embedded engine")
    check.add_argument("--model", metavar="MODEL", help="the model of that server")
    check.add_argument("--key-env", metavar="NAME", help="the variable that holds the key of that server")
    check.add_argument("--dialect", choices=[*DIALECTS], help="the API of that server (openai)")
    words = "the path after the server's address that the backend wants, / for none"
    check.add_argument("--path", metavar="PATH", help=words)
    check.add_argument(
        "--no-key-needed",
        dest="accepts",
        action="append_const",
        const="wrong_key",
        help="that server needs no key: it is not asked with a wrong one",
    )
    check.add_argument(
        "--any-model",
        dest="accepts",
        action="append_const",
        const="unknown_model",
        help="that server accepts any model: it is not asked for an unknown one",
    )
    check.add_argument("--contract", action="store_true", help="show which tiers of the contract are kept")
    check.add_argument("--shard", metavar="N/M", help="run only this part of the scenarios, e.g. 2/5")
    check.add_argument("-n", "--workers", metavar="N", default="1", help="use N processes (%(default)s)")
    written = check.add_mutually_exclusive_group()
    written.add_argument("--results", metavar="FILE", type=Path, help="write the results as JSON lines")
    written.add_argument(
        "--report", metavar="DIR", type=Path, help="write results, page, summary, JUnit and badges to DIR"
    )


def run(options: argparse.Namespace) -> int:
    """Run the suite on the bound backends, or on the named one once it has passed the first steps."""
    suite = [*matrix_arguments(options, options.workers), *given({"--shard": options.shard})]
    if options.contract or options.backend is not None:
        suite.append("--contract")
    server = {
        "url": options.base_url,
        "model": options.model,
        "dialect": options.dialect,
        "path": options.path,
    }
    key = {"--key-env": options.key_env}
    if options.backend is None:
        if any(value is not None for value in (*server.values(), *key.values(), options.accepts)):
            say(
                "--base-url, --model, --dialect, --path, --no-key-needed, --any-model and --key-env need a "
                "backend: conformance check PKG:CLASS"
            )
            return USAGE
        return _asked(options, suite)
    named = NamedBackend(
        options.backend, options.base_url, options.model, options.dialect or "openai", options.key_env
    )
    try:
        named.target()
        named.key(os.environ)
    except BindingError as error:
        say(str(error))
        return USAGE
    if status := _first_steps(
        named.factory, given(key | {f"--{name}": each for name, each in server.items()})
    ):
        return status
    bound = given(key | {f"--backend-{name}": value for name, value in server.items()})
    accepted = [word for mistake in options.accepts or () for word in ("--backend-accepts", mistake)]
    return _asked(options, [*suite, "--backend", named.factory, *bound, *accepted])


def _asked(options: argparse.Namespace, suite: list[str]) -> int:
    """Run the suite, and write its report where one is wanted."""
    return (
        run_suite(suite, options.results) if options.report is None else write_report(options.report, suite)
    )


def _first_steps(factory: str, arguments: list[str]) -> int:
    """Take the first steps in a process of their own, and return its exit status."""
    smoke = [sys.executable, "-m", "conformance.commands.smoke", factory, *arguments]
    status = subprocess.run(smoke, check=False).returncode
    if status < 0:
        say(f"stopped: the backend's process was killed by {signal.Signals(-status).name}")
    return abs(status)
