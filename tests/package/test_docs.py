"""Every link of the documentation leads to a file, a heading or a public page.

Unit test of text: nothing here runs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NAMED = re.compile(r'<a (?:id|name)="([^"]+)"')


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading: in lower case, without punctuation, with hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        place, _, heading = link.partition("#")
        if place.startswith(("https://", "http://", "mailto:")):
            continue
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{page.name} leads to {link}, which is not there"
        if heading:
            text = target.read_text("utf-8")
            anchors = {*map(anchor, HEADING.findall(text)), *NAMED.findall(text)}
            assert heading in anchors, f"{page.name} leads to {link}: {target.name} has no such heading"


def test_every_page_is_listed() -> None:
    listed = LINK.findall((REPOSITORY / "docs" / "README.md").read_text("utf-8"))
    pages = {page.name for page in REPOSITORY.glob("docs/*.md")} - {"README.md"}
    assert pages <= set(listed)


def test_the_architecture_names_every_room() -> None:
    told = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
    rooms = [path.parent.name for path in (REPOSITORY / "conformance").glob("*/__init__.py")]
    assert [room for room in rooms if f"conformance/{room}/" not in told] == []
