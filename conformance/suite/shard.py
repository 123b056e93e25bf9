"""One part of a run that several machines share, the same on each of them."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from conformance.report import durations


@dataclass(frozen=True)
class Shard:
    """The second of five, ``2/5``."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard(text: str) -> Shard:
    """The shard that ``2/5`` names.

    Raises:
        ArgumentTypeError: it names none; argparse shows the message of no other error.
    """
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ArgumentTypeError(f"{text!r} is no shard: say 2/5 for the second of five")
    return Shard(int(number), int(of))


@dataclass(frozen=True)
class Division:
    """Who of several machines runs what.

    What is known to be slow is dealt out, the slowest first, to whoever has least to do; the rest goes by its
    name, so that a scenario that comes or goes moves no other.

    Args:
        shard: which of them this one is.
        seconds: how long the slow runs take, by ``backend@target group/scenario``.
    """

    shard: Shard
    seconds: Mapping[str, float]
    _dealt: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dealt", self._deal())

    def _deal(self) -> dict[str, int]:
        loads = [0.0] * self.shard.of
        dealt = {}
        for title, seconds in sorted(self.seconds.items(), key=lambda item: (-item[1], item[0])):
            least = min(range(self.shard.of), key=loads.__getitem__)
            loads[least] += seconds
            dealt[title] = least
        return dealt

    def is_mine(self, title: str) -> bool:
        """Whether this machine runs ``title``."""
        dealt = self._dealt.get(title)
        return (_hash(title) % self.shard.of if dealt is None else dealt) == self.shard.number - 1

    @property
    def digest(self) -> str:
        """Twelve hex digits: machines that disagree about the durations would divide a run differently."""
        return f"{_hash(json.dumps(sorted(self.seconds.items()))):016x}"[:12]


DIVISION = pytest.StashKey[Division | None]()
"""How this run is divided; None where one machine runs all of it."""


def divide(config: pytest.Config) -> None:
    """Divide the run, where it is to be, by what its project has noted of durations."""
    part: Shard | None = config.getoption("shard")
    try:
        seconds = {} if part is None else durations.read(config.rootpath / durations.DURATIONS)
    except durations.DurationsError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[DIVISION] = None if part is None else Division(part, seconds)


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
