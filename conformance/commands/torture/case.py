"""What the corpora consist of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Attack = Callable[[Path], str]
"""Brings something to the suite in an empty folder; returns the promise that it broke, or an empty text."""


@dataclass(frozen=True)
class Case:
    """Something that a stranger may bring.

    Attributes:
        kind: what it is, in words that head a line of the table: ``a backend that ends its process``.
        name: its name, unique within its kind.
        attack: brings it; an exception counts as a broken promise.
    """

    kind: str
    name: str
    attack: Attack

    @property
    def title(self) -> str:
        """``kind: name``."""
        return f"{self.kind}: {self.name}"
