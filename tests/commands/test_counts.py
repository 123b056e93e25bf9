"""The numbers of the README are those of the suite, and keep their day until one changes.

The suite is collected once, in a process of its own; nothing is run.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.docs.counts import NAME, collected, with_counts
from conformance.commands.docs.parts import part, with_part
from conformance.runner.collection.bugs import known_bugs

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")
MARKED = "before\n<!-- counts: written by make docs -->\n<!-- end of counts -->\nafter\n"
FOUND: dict[str, Any] = {"answered": "1 recording; 2 scripted", "extent": "1 backend", "runs": 4000}
FIRST, LATER = date(2026, 11, 30), date(2026, 12, 1)


def test_the_readme_has_the_numbers_of_the_suite() -> None:
    """Otherwise: make docs."""
    assert with_counts(README, collected(), len(known_bugs()), LATER) == README


def test_the_numbers_have_the_day_on_which_they_last_changed() -> None:
    readme = with_counts(MARKED, FOUND, 7, FIRST)
    assert (readme[:7], readme[-6:]) == ("before\n", "after\n")
    assert part(readme, NAME) == (
        "What answers: **1 recording; 2 scripted**.\n"
        "In numbers: 1 backend, 4,000 runs, 7 real bugs; counted 2026-11-30.\n"
    )
    assert with_counts(readme, FOUND, 7, LATER) == readme
    changed = with_counts(readme, FOUND, 8, LATER)
    assert "8 real bugs; counted 2026-12-01.\n" in part(changed, NAME)


def test_a_readme_without_the_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="no part that is marked as counts"):
        with_counts("# Mine\n", FOUND, 7, FIRST)


def test_only_the_named_part_is_written() -> None:
    two = MARKED + MARKED.replace("counts", "routes")
    assert with_part(two, "routes", "new\n") == MARKED + MARKED.replace("counts", "routes").replace(
        "-->\n<", "-->\nnew\n<"
    )
