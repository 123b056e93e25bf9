"""One part of a run that several machines share, the same on each of them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Shard:
    """The second of five, ``2/5``."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, title: str) -> bool:
        """Whether it runs ``backend@target group/scenario``: told by the name, so that none is moved."""
        digest = sha256(title.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


def shard(text: str) -> Shard:
    """The shard that ``2/5`` names.

    Raises:
        ValueError: it names none.
    """
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ValueError(f"{text!r} is no shard: say 2/5 for the second of five")
    return Shard(int(number), int(of))
