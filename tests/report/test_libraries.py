"""The libraries of a report: the bars of its page, README's table, and the counts of docs/findings.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from conformance.commands.docs.examples import BLOCKS, NAME, bar, with_counts_of, with_libraries
from conformance.commands.docs.parts import part
from conformance.report.folder import write_folder
from conformance.report.libraries import Library, libraries
from conformance.report.results import Report, Source
from tests.report.report_page import needs_chromium, shown
from tests.report.reports import Outcome, report, result

FIRST, LATER = date(2026, 11, 30), date(2026, 12, 1)
README = "before\n<!-- libraries: written by make examples -->\n<!-- end of libraries -->\nafter\n"
FINDINGS = """\
# Findings

<!-- run: written by make examples -->
<!-- end of run -->

## wrong

1.2, with other 3.4: 0 of 0 passed.

| what happens | scenario |
|---|---|
| It fails. | `many/0` |
| It sleeps. | none |

| what happens | upstream |
|---|---|
| It is cut. | none found |

## right

5.6, answered by scripts: 9 of 9 passed.
"""


def judged(failed: int = 1) -> Report:
    """One library passes 200 cases by scripts; the other one fails some, has a gap, and lacks something."""
    ends = [Outcome.KNOWN_GAP, Outcome.UNSUPPORTED, *[Outcome.FAILED] * failed]
    wrong = [Outcome.PASSED] * (100 - len(ends)) + ends
    declared = [
        {"backend": "right", "target": "x", "version": "5.6", "finding": "it `sleeps`: https://x.org/1"},
        {"backend": "wrong", "target": "x", "version": "1.2", "finding": "it is <b>cut</b>: https://x.org/2"},
        {"backend": "ours", "target": "x", "version": "0.1", "finding": ""},
    ]
    return report(
        *(result("right@x", f"many/{number}", source=Source.SCRIPT) for number in range(200)),
        *(result("wrong@x", f"many/{number}", each) for number, each in enumerate(wrong)),
        result("ours@x", "many/0"),
        backends=declared,
    )


def test_only_backends_with_a_finding_are_libraries_and_the_one_with_most_problems_is_first() -> None:
    wrong, right = libraries(judged())
    assert (wrong.name, wrong.version, wrong.finding, wrong.link) == (
        *("wrong", "1.2", "it is <b>cut</b>"),
        "https://x.org/2",
    )
    assert wrong.summary == "97 of 100 passed, 1 known gap, 1 failed, 1 unsupported"
    assert wrong.bar == [("good", 17), ("quiet", 1), ("gap", 1), ("bad", 1)]
    assert right.summary == "200 of 200 passed; scripts only"


@pytest.mark.parametrize("failed", [1, 5, 50, 98])
def test_a_bar_has_a_width_and_shows_every_part(failed: int) -> None:
    wrong, right = map(bar, libraries(judged(failed)))
    assert (right, len(wrong)) == (BLOCKS["good"] * len(right), len(right))
    assert {BLOCKS["quiet"], BLOCKS["gap"], BLOCKS["bad"]} <= set(wrong)
    assert abs(wrong.count(BLOCKS["bad"]) - failed * len(wrong) / 100) <= 2


def test_the_readme_has_a_row_for_each_library_and_its_day_stays_until_a_number_changes() -> None:
    readme = with_libraries(README, FINDINGS, libraries(judged()), FIRST)
    rows = [line for line in part(readme, NAME).splitlines() if "x.org" in line]
    assert [row.split(" |")[0] for row in rows] == ["| wrong 1.2", "| right 5.6"]
    assert "97 of 100 passed, 1 known gap, 1 failed, 1 unsupported" in rows[0]
    assert "it `sleeps` ([upstream](https://x.org/1))" in rows[1]
    assert "| [3](docs/findings.md#wrong) |" in rows[0]
    assert "| [0](docs/findings.md#right) |" in rows[1]
    assert "Run 2026-11-30." in readme
    assert with_libraries(readme, FINDINGS, libraries(judged()), LATER) == readme
    assert "Run 2026-12-01." in with_libraries(readme, FINDINGS, libraries(judged(2)), LATER)


def test_the_findings_have_the_counts_of_each_library_and_the_day_on_which_one_changed() -> None:
    findings = with_counts_of(FINDINGS, libraries(judged()), FIRST)
    assert "1.2, with other 3.4: 97 of 100 passed, 1 known gap, 1 failed, 1 unsupported.\n" in findings
    assert "5.6, answered by scripts: 200 of 200 passed; scripts only.\n" in findings
    assert part(findings, "run") == "Run 2026-11-30.\n"
    assert with_counts_of(findings, libraries(judged()), LATER) == findings
    with pytest.raises(ValueError, match="no counts of new"):
        with_counts_of(findings, [Library("new", "1", "it is", "https://x.org", {Outcome.PASSED: 1})], LATER)


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_begins_with_a_bar_for_each_library(width: int, browser: Browser, tmp_path: Path) -> None:
    with shown(browser, write_folder(judged(), tmp_path)) as page:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("main > section").first).to_have_id("libraries")
        wrong = page.locator("#libraries li").first
        expect(wrong).to_contain_text("wrong 1.2")
        expect(wrong.get_by_role("img", name="97 of 100 passed, 1 known gap")).to_be_visible()
        expect(wrong).to_contain_text("it is <b>cut</b>")
        expect(page.locator("#libraries code")).to_have_text("sleeps")
        expect(wrong.get_by_role("link")).to_have_attribute("href", "https://x.org/2")
        widths = wrong.locator(".bar rect").evaluate_all(
            "all => all.map((each) => each.getBoundingClientRect().width)"
        )
        assert min(widths) >= 6, "a part that nobody sees"
        assert widths[0] > sum(widths[1:])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@needs_chromium
def test_a_page_without_libraries_has_no_bars(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, write_folder(report(result("ours@x", "many/0")), tmp_path)) as page:
        expect(page.locator("#libraries")).to_have_count(0)
