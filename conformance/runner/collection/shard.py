"""Divides a run between several machines, which all compute the same division."""

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
    """One part of a divided run, e.g. the second of five."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard(text: str) -> Shard:
    """Parse a shard, e.g. ``2/5``.

    Raises:
        ArgumentTypeError: it is none; argparse shows the message of no other exception.
    """
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ArgumentTypeError(f"{text!r} is no shard: say 2/5 for the second of five")
    return Shard(int(number), int(of))


@dataclass(frozen=True)
class Division:
    """Which machine runs which scenario.

    Slow ones are dealt out, the slowest first, each to the machine with the least to do. The others go by a
    hash of their title, so that a scenario that is added or removed moves no other.

    Args:
        shard: the part of this machine.
        seconds: the durations of the slow scenarios, by ``backend@target group/scenario``.
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
        """Twelve hex digits over the durations: machines must agree on them to divide a run alike."""
        return f"{_hash(json.dumps(sorted(self.seconds.items()))):016x}"[:12]


DIVISION = pytest.StashKey[Division | None]()
"""How this run is divided; None where it is not."""


def divide(config: pytest.Config) -> None:
    """Divide the run where ``--shard`` asks for it, by the durations that the project has noted."""
    part: Shard | None = config.getoption("shard")
    try:
        seconds = {} if part is None else durations.read(config.rootpath / durations.DURATIONS)
    except durations.DurationsError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[DIVISION] = None if part is None else Division(part, seconds)


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
