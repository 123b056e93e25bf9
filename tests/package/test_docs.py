"""Links, paths and commands of the documentation exist; the settings of editors and hooks are the linters'.

Unit tests of text: nothing here runs.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NAMED = re.compile(r'<a (?:id|name)="([^"]+)"')
MADE = re.compile(r"(?:`|^)make ([a-z][\w-]*)", re.MULTILINE)
FOLDERS = ("provider", "conformance", "tests", "docs", "examples", "cassettes", "bench", r"\.github")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s:<*…]*)`")
MAKEFILE = (REPOSITORY / "Makefile").read_text("utf-8")

each_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(REPOSITORY)) for page in PAGES])


def anchor(heading: str) -> str:
    """GitHub's anchor of a heading: in lower case, without punctuation, with hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@each_page
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


@each_page
def test_every_path_and_every_make_command_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    assert [path for path in PATH.findall(text) if not (REPOSITORY / path).exists()] == []
    assert set(MADE.findall(text)) <= set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))


def test_every_page_is_listed() -> None:
    listed = LINK.findall((REPOSITORY / "docs" / "README.md").read_text("utf-8"))
    pages = {page.name for page in REPOSITORY.glob("docs/*.md")} - {"README.md"}
    assert pages <= set(listed)


def test_the_hooks_are_the_linters_of_make_lint() -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8"))
    [repository] = hooks["repos"]
    recipe = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]
    linters = [
        line.strip().removesuffix(" .") for line in recipe.replace("$(BIN)", ".venv/bin").splitlines()[1:]
    ]
    assert repository["repo"] == "local", "no hook is fetched"
    assert [hook["entry"] for hook in repository["hooks"]] == linters


def test_the_editor_wraps_where_the_linter_does() -> None:
    ruff = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]
    settings = (REPOSITORY / ".editorconfig").read_text("utf-8")
    assert (
        f"[*.{{py,toml}}]\nindent_style = space\nindent_size = 4\nmax_line_length = {ruff['line-length']}\n"
        in settings
    )
