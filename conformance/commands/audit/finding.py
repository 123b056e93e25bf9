"""A finding of the audit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something wrong with a recording; it contains no value of the file.

    Attributes:
        file: the file, relative to the folder of the recordings.
        place: the JSON path in the file; empty for the whole file.
        kind: what is wrong.
        advice: what to do.
    """

    file: str
    place: str
    kind: str
    advice: str

    def __str__(self) -> str:
        place = f" {self.place}" if self.place else ""
        return f"{self.file}{place}: {self.kind}: {self.advice}"
