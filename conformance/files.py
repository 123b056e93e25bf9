"""Reads files that others may have written: only regular files, up to a size and a depth."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, BinaryIO


def regular(path: Path) -> BinaryIO:
    """``path``, opened for reading.

    Raises:
        OSError: it cannot be opened, or is no file; a pipe would be waited for without an end.
    """
    file = open(path, "rb", opener=_at_once)  # noqa: SIM115  (Path.open has no opener)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a regular file")
    return file


def _at_once(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def content(path: Path, most: int) -> bytes:
    """The bytes of ``path``.

    Raises:
        OSError: it cannot be read, is no regular file, or has more than ``most`` bytes.
    """
    with regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(f"{path} is larger than {most // 1_000_000} MB")
    return data


def is_deeper(value: Any, levels: int) -> bool:
    """Whether a value of JSON, YAML or TOML is nested deeper than ``levels``, too deep to be walked."""
    layer = [value]
    for _ in range(levels):
        layer = [
            item
            for each in layer
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return any(isinstance(each, dict | list) for each in layer)
