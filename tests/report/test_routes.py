"""Routes in a report: apart from the targets, one line each; on the page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from conformance.report.counts import extent, routes
from conformance.report.folder import write_folder
from conformance.report.results import Report, Result
from conformance.report.summary import badges, markdown
from conformance.report.terminal import matrix, shown
from tests.report.report_page import needs_chromium
from tests.report.report_page import shown as page_of
from tests.report.reports import Outcome, report, result


def routed(*results: Result) -> Report:
    """A report in which every target whose name begins with ``r`` is a route."""
    labels = {each.label for each in results if each.target.startswith("r")}
    parts = [label.partition("@") for label in sorted(labels)]
    return report(
        *results, backends=[{"backend": own, "target": to, "scenarios": "routes"} for own, _, to in parts]
    )


MIXED = routed(
    result("one@x", "tools/call"),
    result("one@r1", "tools/call"),
    result("one@r1", "routed/only"),
    result("one@r2", "tools/call", Outcome.KNOWN_GAP, reason="https://x.org/1"),
    result("one@r3", "tools/call", Outcome.FAILED, reason="assert 1 == 2"),
)


def test_a_route_is_counted_apart_and_has_no_column() -> None:
    assert extent(MIXED) == "1 backend, 1 target, 3 routes, 2 scenarios, 2 cases"
    assert [line.split()[0] for line in matrix(MIXED).splitlines() if "@" in line] == ["one@x"]
    assert "routed" not in matrix(MIXED), "no target was asked it"


def test_one_line_says_which_routes_passed() -> None:
    line = "routes of one: 1 of 3 passed; failed: r3; known gap: r2"
    assert routes(MIXED) == [line]
    assert line in shown(MIXED)
    assert line in markdown(MIXED)


def test_not_every_route_that_failed_is_named() -> None:
    results = [result(f"one@r{number:02}", "tools/call", Outcome.FAILED) for number in range(12)]
    assert routes(routed(*results)) == [
        "routes of one: 0 of 12 passed; failed: r00, r01, r02, r03, r04, r05, r06, r07, r08, r09, and 2 more"
    ]


def test_a_run_of_routes_alone_has_no_matrix() -> None:
    alone = routed(result("one@r1", "tools/call"))
    assert shown(alone) == ["routes of one: 1 of 1 passed", ""]


def test_the_routes_of_a_backend_have_one_badge() -> None:
    made = badges(MIXED)
    assert sorted(made) == ["one@routes.json", "one@x.json", "one@x.tools.json"]
    assert (made["one@routes.json"]["message"], made["one@routes.json"]["color"]) == ("2/4", "red")


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with page_of(browser, write_folder(MIXED, tmp_path)) as page:
        yield page


@needs_chromium
def test_a_route_is_a_line_that_opens_to_its_cases(page: Page) -> None:
    lines = page.locator("#route-list summary")
    texts = [" ".join(text.split()) for text in lines.all_inner_texts()]
    assert texts == ["▸ one@r3 0/1", "▸ one@r2 0/1", "▸ one@r1 2/2"]
    expect(page.locator("#routes")).to_contain_text("routes of one: 1 of 3 passed; failed: r3; known gap: r2")
    expect(page.locator("thead [data-column]")).to_have_count(1)

    expect(page.locator("#route-list li")).to_have_count(0)
    lines.nth(2).click()
    page.locator("#route-list details[open] button").filter(has_text="tools/call").click()

    expect(page.get_by_role("dialog")).to_contain_text("one@r1")


@needs_chromium
def test_an_open_route_stays_open_and_shows_the_cases_that_match(page: Page) -> None:
    page.locator("#route-list summary").nth(2).click()
    cases = page.locator("#route-list details[open] .where")
    expect(cases).to_have_text(["tools/call", "routed/only"])
    page.fill("#text", "only")
    expect(cases).to_have_text(["routed/only"])


@needs_chromium
def test_the_filters_apply_to_routes(page: Page) -> None:
    lines = page.locator("#route-list summary")
    page.fill("#text", "only")
    expect(lines).to_contain_text(["one@r1"])
    expect(page.locator("#status")).to_have_text("1 of 5 runs: 1 case on 1 target and 1 route.")
    page.fill("#text", "r2")
    expect(lines).to_contain_text(["one@r2"])
    page.fill("#text", "nothing like it")
    expect(lines).to_have_count(0)


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_among_the_routes(page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    for line in page.locator("#route-list summary").all():
        line.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


@needs_chromium
@pytest.mark.parametrize("is_routed", [False, True])
def test_the_page_has_only_the_parts_that_ran(is_routed: bool, browser: Browser, tmp_path: Path) -> None:
    results = routed(result("one@r1" if is_routed else "one@x", "tools/call"))
    with page_of(browser, write_folder(results, tmp_path)) as page:
        expect(page.locator("#routes")).to_be_visible(visible=is_routed)
        expect(page.locator("#table")).to_be_visible(visible=not is_routed)
