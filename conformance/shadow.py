"""Finds a folder of the user that shadows the package ``provider``."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]


def shadowed() -> str | None:
    """The message where another ``provider`` than ours would be imported; None where ours is."""
    spec = PathFinder.find_spec("provider")
    places = [Path(place).resolve() for place in (spec.submodule_search_locations or ())] if spec else []
    if spec is None or _HERE / "provider" in places:
        return None
    place = places[0] if places else Path(spec.origin or "?")
    return (
        f"{place} shadows the package `provider` that comes with the conformance suite: "
        "rename it, or keep its folder off sys.path (`pytest` does, `python -m pytest` does not)"
    )
