"""Reads the metadata of a GGUF file, so that tests need nothing that training needs."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"GGUF"
STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""GGUF's number types in the letters of :mod:`struct`."""


def metadata(path: Path) -> dict[str, Any]:
    """Every key of the GGUF file ``path`` with its value."""
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise ValueError(f"{path} is not a GGUF file")
        scalar(file, "I")  # the format's version
        scalar(file, "Q")  # the number of tensors
        return {string(file): value(file, scalar(file, "I")) for _ in range(scalar(file, "Q"))}


def value(file: BinaryIO, kind: int) -> Any:
    """The next value, of the GGUF type ``kind``."""
    if kind == STRING:
        return string(file)
    if kind == ARRAY:
        item, count = scalar(file, "I"), scalar(file, "Q")
        return [value(file, item) for _ in range(count)]
    return scalar(file, SCALARS[kind])


def string(file: BinaryIO) -> str:
    """The next string."""
    return file.read(scalar(file, "Q")).decode("utf-8")


def scalar(file: BinaryIO, letter: str) -> Any:
    """The next number."""
    layout = struct.Struct("<" + letter)
    return layout.unpack(file.read(layout.size))[0]
