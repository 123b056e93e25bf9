"""The catalogue of scenarios is up to date, and its list of real bugs is consistent.

No recording tests: they read the scenarios, they do not run them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.commands.docs.scenarios import page
from conformance.runner.collection.bugs import Bug, known_bugs
from conformance.runner.collection.catalogue import entries

REPOSITORY = Path(__file__).parents[2]
FACTS = REPOSITORY.parent / "shared" / "facts" / "bugs.md"
SCENARIOS = {entry.id: entry for entry in entries()}
BUGS = known_bugs()


def test_the_page_is_what_the_scenarios_say() -> None:
    """Otherwise: make docs."""
    assert (REPOSITORY / "docs" / "scenarios.md").read_text("utf-8") == page([*SCENARIOS.values()], BUGS)


def test_every_scenario_has_a_law() -> None:
    assert [entry.id for entry in SCENARIOS.values() if not entry.law] == []


def test_every_scenario_that_a_bug_names_exists() -> None:
    assert [(bug.id, name) for bug in BUGS for name in bug.scenarios if name not in SCENARIOS] == []


def test_every_test_that_a_bug_names_exists() -> None:
    assert [(bug.id, test) for bug in BUGS for test in bug.tests if not _is_there(test)] == []


def _is_there(test: str) -> bool:
    file, *_, name = test.split("::")
    path = REPOSITORY / file
    return path.is_file() and (name == file or f"def {name.partition('[')[0]}(" in path.read_text("utf-8"))


def test_no_bug_is_listed_twice() -> None:
    names = [bug.id for bug in BUGS]
    assert len(set(names)) == len(names)


@pytest.mark.skipif(
    not FACTS.is_file(),
    reason=f"the notes from which the bugs were listed are no part of this repository: {FACTS}",
)
def test_every_bug_of_the_research_is_listed() -> None:
    rows = re.findall(r"^\| ([A-Z]-?\d\d) \|", FACTS.read_text("utf-8"), re.MULTILINE)
    told = {bug.id for bug in BUGS}
    assert [row for row in rows if row not in told and not row.startswith("X")] == []


def test_a_source_is_a_link_where_it_is_an_issue() -> None:
    bug = Bug(id="S-00", title="a bug", sources=("owner/name#7", "name mapping.py"), reason="none")
    assert bug.links == ["[owner/name#7](https://github.com/owner/name/issues/7)", "name mapping.py"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('title = "t"\nsources = []', "names neither what covers it nor why nothing does"),
        ('title = "t"\nsources = []\ncolour = "red"', "colour"),
        ("sources = []", "title"),
    ],
    ids=["uncovered", "unknown-field", "missing-field"],
)
def test_a_wrong_entry_is_named(entry: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "S.toml").write_text(f"[S-01]\n{entry}\n", "utf-8")
    with pytest.raises(ValueError, match=message) as raised:
        known_bugs(tmp_path)
    assert "S.toml: S-01" in str(raised.value)
