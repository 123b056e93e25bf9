"""The tiers of the contract on the page, and cases that are not judged, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from conformance.report.folder import write_folder
from conformance.report.results import Outcome
from tests.report.report_page import cell, needs_chromium, shown
from tests.report.reports import report, result

pytestmark = needs_chromium

LACKING = ("finish reasons",)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    results = report(
        result("one@x", "invoke/a", missing=LACKING),
        result("one@x", "usage/a", Outcome.FAILED, tier="token counts"),
        result("one@x", "usage/b", tier="token counts"),
        result("one@x", "endings/a", Outcome.NOT_JUDGED, missing=LACKING),
        result("one@x", "endings/b", Outcome.NOT_JUDGED, missing=LACKING),
        result("lacking@x", "endings/a", Outcome.NOT_JUDGED, missing=LACKING),
    )
    with shown(browser, write_folder(results, tmp_path)) as page:
        yield page


def test_the_head_of_a_target_opens_the_tiers_that_it_keeps(page: Page) -> None:
    page.locator("thead [data-column]").filter(has_text="one").click()
    tiers = page.get_by_role("dialog").locator(".tiers")
    assert tiers.locator("dt").all_inner_texts() == ["base", "finish reasons", "token counts"]
    kept = tiers.locator("dd")
    assert kept.all_inner_texts() == ["1 of 1", "not judged in 3 cases", "1 of 2"]
    assert [each.get_attribute("class") for each in kept.all()] == ["good", "quiet", "bad"]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_case_that_was_not_judged_is_quiet_and_did_not_pass(page: Page) -> None:
    expect(page.locator("#verdict")).to_contain_text("2 of 6 runs passed")
    expect(page.locator("#verdict .quiet")).to_have_text("– 3 not judged")
    row = page.locator("tr.group").filter(has_text="endings")
    cells = [" ".join(text.split()) for text in row.locator("td").all_inner_texts()]
    assert cells == ["–1 0/1", "–2 0/2"]
    page.click("#expand")
    expect(cell(page, "a", 0).and_(page.locator(".quiet"))).to_have_attribute(
        "aria-label", "not judged, recorded"
    )
    assert page.locator("thead .count").all_inner_texts() == ["–", "1"], "a check mark where nothing passed"
