"""``conformance server``: judges a server by what it sends, with no client library between."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import conformance
from conformance.commands.command import UNUSABLE, Subcommands, add_command, given, say
from conformance.judging.law import CAPABILITIES
from conformance.report.file import write
from conformance.report.results import Report
from conformance.runner.targets.selection import checked_url, key_in
from conformance.runner.targets.target import BindingError
from conformance.runner.versions import sdk_versions

NEEDS = (
    "judging a server needs the openai SDK for its types: pip install 'llm-backend-conformance[openai,suite]'"
)


def register(commands: Subcommands[argparse.ArgumentParser]) -> None:
    """Add ``conformance server``."""
    words = "judge a server by the bytes that it sends, with no client library between"
    server = add_command(commands, "server", run, words)
    server.add_argument("url", metavar="URL", help="its base URL, such as http://localhost:8080/v1")
    server.add_argument("--model", metavar="MODEL", required=True, help="the model to ask")
    server.add_argument(
        "--key-env", metavar="NAME", help="the variable that holds its key; it needs none without"
    )
    server.add_argument(
        "--api",
        choices=["chat", "messages", "responses"],
        default="chat",
        help="OpenAI's chat completions (chat) or responses, or Anthropic's messages",
    )
    server.add_argument(
        "--declare",
        metavar="CAPABILITY",
        action="append",
        default=[],
        choices=CAPABILITIES,
        help=f"what the server claims to do, and fails without; repeat it: {', '.join(CAPABILITIES)}",
    )
    server.add_argument(
        "--context", metavar="TOKENS", type=_positive, help="the tokens of its context, to overflow it"
    )
    server.add_argument(
        "--trials", metavar="N", type=_positive, default=1, help="ask everything N times (%(default)s)"
    )
    server.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=60.0, help="of an answer (%(default)g)"
    )
    server.add_argument(
        "--gaps",
        metavar="FILE",
        type=Path,
        help="a TOML file of known gaps: law = reason with a link",
    )
    server.add_argument("--law", metavar="PATTERN", help="ask only these, e.g. stream or 'tools/*-one_call'")
    server.add_argument("--results", metavar="FILE", type=Path, help="write the results as JSON lines")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number


def run(options: argparse.Namespace) -> int:
    """Judge the server, show the verdicts, and return 1 where one that counts is broken."""
    try:
        # Not at the top: no other command needs the openai SDK.
        from conformance.judging import judgement
    except ModuleNotFoundError as error:
        say(f"{error}: {NEEDS}")
        return UNUSABLE
    started = datetime.now(UTC)
    try:
        if options.results is not None:
            # Before the server is asked, for that may take long.
            options.results.parent.mkdir(parents=True, exist_ok=True)
            options.results.open("ab").close()
        address = judgement.Address(
            based(options.url),
            options.model,
            None if options.key_env is None else key_in(options.key_env, os.environ),
            options.key_env or "",
            options.context,
            options.timeout,
        )
        judged = judgement.judged(
            address,
            options.api,
            _chosen(options.law),
            options.trials,
            options.declare,
            judgement.read_gaps(options.gaps) if options.gaps is not None else {},
        )
    except (OSError, BindingError, judgement.GapsError, judgement.UnusableServerError) as error:
        say(str(error))
        return UNUSABLE
    for line in judged.lines():
        say(line)
    if options.results is None:
        return judged.status
    command = _command(options)
    header = {
        "suite": conformance.__version__,
        "started": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "sdks": sdk_versions(),
        "command": command,
        "shard": None,
        "narrowed": [f"--law {options.law}"] if options.law else [],
        "backends": [judged.backend(command)],
        "bugs": {},
    }
    write(Report(header, judged.results(), judged.footer(complete=not options.law)), options.results)
    return judged.status


def based(url: str) -> str:
    """The base URL; one without a path gets ``/v1``, as both providers have it.

    Raises:
        BindingError: it is not the URL of an HTTP server.
    """
    plain = checked_url(url).rstrip("/")
    return plain if urlsplit(plain).path else f"{plain}/v1"


def _chosen(pattern: str | None) -> Sequence[str]:
    """Patterns of the laws to ask: a group's name stands for all of its laws, and a law's for its cases."""
    return (
        ["*"]
        if pattern is None
        else [pattern, f"{pattern}/*", f"{pattern}-*", f"*/{pattern}", f"*/{pattern}-*"]
    )


def _command(options: argparse.Namespace) -> str:
    """The command that judges this server again, ready for a law behind it; the key is not in it."""
    named = {"--model": options.model, "--key-env": options.key_env, "--context": options.context}
    api = options.api if options.api != "chat" else None
    chosen = given({**named, "--api": api, "--gaps": options.gaps})
    declared = [part for each in options.declare for part in ("--declare", each)]
    return shlex.join(["python", "-m", "conformance", "server", options.url, *chosen, *declared, "--law"])
