"""The command-line options that the plugin adds to pytest."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from conformance.patterns import Patterns
from conformance.runner.targets.live import ENGINE
from conformance.runner.targets.target import MISTAKES
from conformance.servers.scripted.dialects import DIALECTS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("conformance", "conformance of LLM backends")
    group.addoption("--target", metavar="PATTERNS", action=Patterns, help="only these backend@target")
    group.addoption("--scenario", metavar="PATTERNS", action=Patterns, help="only these group/scenario")
    group.addoption("--cassettes", metavar="DIR", type=Path, help="folder of the recordings")
    group.addoption(
        "--live",
        metavar="URL",
        nargs="?",
        const=ENGINE,
        help="ask a real server, the embedded engine where no URL is given, and record nothing",
    )
    group.addoption("--key-env", metavar="NAME", help="the variable with the key of the server asked live")
    group.addoption("--only-recorded", action="store_true", help="only the scenarios that have recordings")
    group.addoption("--results", metavar="FILE", type=Path, help="write what was found as JSON lines")
    group.addoption(
        "--time-limit",
        metavar="SECONDS",
        type=float,
        help="with -n, give up a scenario that runs longer (30; in front of a live server 300)",
    )
    group.addoption("--matrix", action="store_true", help="show a line for each backend@target")
    group.addoption("--contract", action="store_true", help="show which tiers of the contract are kept")
    group.addoption("--shard", metavar="N/M", type=shard, help="only this part of the scenarios, as 2/5")
    group.addoption("--backend", metavar="PKG:CLASS", help="ask this backend, and none that is declared")
    group.addoption("--backend-url", metavar="URL", help="in front of this server, not the embedded engine")
    group.addoption("--backend-model", metavar="MODEL", help="the model of that server")
    group.addoption("--backend-dialect", choices=[*DIALECTS], help="the wire it speaks (openai)")
    group.addoption(
        "--backend-path", metavar="PATH", help="the path after its address that the backend wants"
    )
    group.addoption(
        "--backend-accepts",
        metavar="MISTAKE",
        choices=MISTAKES,
        action="append",
        default=[],
        help="a mistake that it accepts; the scenario about it is not asked",
    )


@dataclass(frozen=True)
class Shard:
    """One part of a divided run, e.g. the second of five."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, title: str) -> bool:
        """Whether this part runs ``title``: by its hash, so that a new scenario moves no other."""
        digest = sha256(title.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


def shard(text: str) -> Shard:
    """Parse a shard, e.g. ``2/5``.

    Raises:
        ArgumentTypeError: the text names no shard; argparse shows the message of no other exception.
    """
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ArgumentTypeError(f"{text!r} is not a shard: write 2/5 for the second of five")
    return Shard(int(number), int(of))
