"""Files that no scenario owns."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

_SUFFIXES = (".yaml", ".json")


def orphans(root: Path, expected: Collection[Path]) -> list[Path]:
    """The cassettes (``.yaml``) and snapshots (``.json``) below ``root`` that are not ``expected``."""
    owned = {path.resolve() for path in expected}
    files = (path for path in root.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    return sorted(path for path in files if path.resolve() not in owned)
