"""The diagrams of docs/architecture.md show which room imports which, and nothing else.

Unit tests of text and of the source: nothing here runs.
"""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
DIAGRAMS = "\n".join(re.findall(r"^```mermaid\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))

ROOMS: dict[str, list[str]] = {
    room: label.split("<br>") for room, label in re.findall(r'(\w+)\["([^"]+)"\]', DIAGRAMS)
}
"""Each room of the diagrams: the folders and files that its label names."""

ARROWS = {
    (importer, imported)
    for importer, targets in re.findall(r"^\s*(\w+) --> (.+)$", DIAGRAMS, re.MULTILINE)
    for imported in targets.split(" & ")
}


def room_of(module: str) -> str:
    """The room of a module: the one whose label names its file, or else the folder around it."""
    path = module.replace(".", "/")
    places = (f"{path}.py", f"{path}/__init__.py", *(f"{parent}/" for parent in (path, *Path(path).parents)))
    rooms = [room for place in map(str, places) for room, paths in ROOMS.items() if place in paths]
    assert rooms, f"{module} is in no room of the diagrams"
    return rooms[0]


@pytest.fixture(scope="module")
def imports() -> dict[tuple[str, str], str]:
    """An import for each pair of rooms, in words; imports for type checkers are left out."""
    graph = grimp.build_graph("provider", "conformance", exclude_type_checking_imports=True, cache_dir=None)
    found: dict[tuple[str, str], str] = {}
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if (rooms := (room_of(importer), room_of(imported)))[0] != rooms[1]:
                found.setdefault(rooms, f"{importer} imports {imported}")
    return found


def test_every_import_between_rooms_is_an_arrow(imports: dict[tuple[str, str], str]) -> None:
    lacking = [f"{a} --> {b}: {imports[a, b]}" for a, b in sorted(imports.keys() - ARROWS)]
    assert lacking == [], "the diagram lacks an arrow, or the import must go"


def test_every_arrow_is_an_import_between_rooms(imports: dict[tuple[str, str], str]) -> None:
    assert sorted(ARROWS - imports.keys()) == [], "the diagram has an arrow where nothing is imported"


def test_the_arrows_make_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for importer, imported in ARROWS:
        graph.setdefault(importer, set()).add(imported)
    TopologicalSorter(graph).prepare()


def test_every_room_is_there() -> None:
    assert [path for paths in ROOMS.values() for path in paths if not (REPOSITORY / path).exists()] == []
