"""Something that is wrong with a recording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that must not stay as it is; no value from the file is in it.

    Attributes:
        file: where, below the folder of the recordings.
        place: the place in the file, empty for the whole of it.
        kind: what was found, in words.
        advice: what to do.
    """

    file: str
    place: str
    kind: str
    advice: str

    def __str__(self) -> str:
        place = f" {self.place}" if self.place else ""
        return f"{self.file}{place}: {self.kind}: {self.advice}"
