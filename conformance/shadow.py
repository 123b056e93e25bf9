"""Finds the folder of a user that stands in front of one of our packages."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]


def shadowed() -> str | None:
    """What to tell whoever would import another ``provider`` than this suite's; None where all is well."""
    spec = PathFinder.find_spec("provider")
    places = [Path(place).resolve() for place in (spec.submodule_search_locations or ())] if spec else []
    if spec is None or _HERE / "provider" in places:
        return None
    place = places[0] if places else Path(spec.origin or "?")
    return (
        f"{place} stands in front of the package `provider` that the conformance suite brings along: "
        "rename it, or keep its folder off sys.path (`pytest` does, `python -m pytest` does not)"
    )
