"""Divides a run between several machines, which all compute the same division."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from hashlib import sha256


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
