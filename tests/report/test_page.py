"""The page in a real browser: what it shows, its matrix and its filters.

The report is made by hand, so that every outcome and source is in it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from conformance.report.folder import write_folder
from tests.report.report_page import cell, needs_chromium, shown
from tests.report.reports import Outcome, report, result

pytestmark = needs_chromium


def labels(page: Page) -> list[str]:
    return page.locator("thead [data-column] .label").all_inner_texts()


def groups(page: Page) -> list[str]:
    return [text.split()[1] for text in page.locator("tr.group th").all_inner_texts()]


def cases(page: Page) -> list[str]:
    return page.locator("tr.case th").all_inner_texts()


def test_the_verdict_counts_what_passed_and_names_every_other_outcome(page: Page) -> None:
    """What reached a live server is first."""
    live, rest = "what reached the live server: 0 of 1 run passed", "server: 64 of 68 runs passed"
    assert re.search(f"^{live}.*{rest}", page.locator("#verdict").inner_text(), re.DOTALL)
    expect(page.locator("#verdict")).to_contain_text("2 backends, 3 targets, 65 scenarios, 65 cases")
    for words in ("1 failed", "1 errored", "1 known gap", "1 unsupported", "1 unmeasured"):
        expect(page.locator("#verdict")).to_contain_text(words)
    expect(page.locator("#doubts")).to_have_text("partial run: narrowed by -k some")


def test_the_target_with_the_fewest_problems_is_first(page: Page) -> None:
    assert labels(page) == ["good@x", "bad@x", "good@y"]
    assert page.locator("thead .count").all_inner_texts() == ["✓", "4", "✓"]


def test_targets_that_only_scripts_answered_are_a_block_of_their_own(page: Page) -> None:
    block = page.locator("thead .blocks .scripted")
    expect(block).to_have_text("scripts only: no server has been asked")
    expect(block).to_have_attribute("colspan", "1")
    expect(page.locator("thead [data-column].scripted .label")).to_have_text("good@y")
    heads = page.locator("thead [data-column].scripted, thead .blocks .scripted")
    first, second = heads.evaluate_all("all => all.map((each) => [each.offsetLeft, each.offsetWidth])")
    assert first == second
    colours = [
        cell.evaluate("each => getComputedStyle(each).backgroundColor")
        for cell in page.locator("tr.group").filter(has_text="many").locator("td.good").all()
    ]
    assert len(set(colours)) == 2, "what scripts answered is as green as what a server did"
    page.select_option("#backend", "good@x")
    expect(block).to_have_count(0)


def test_only_failures_make_the_count_of_a_target_red(browser: Browser, tmp_path: Path) -> None:
    results = [result("gap@x", "tools/a", Outcome.KNOWN_GAP), result("bad@x", "tools/a", Outcome.FAILED)]
    with shown(browser, write_folder(report(*results), tmp_path)) as page:
        expect(page.locator("thead .count.gap")).to_have_text("1")
        expect(page.locator("thead .count.bad")).to_have_text("1")
        assert labels(page) == ["gap@x", "bad@x"]


def test_problems_are_listed_above_the_matrix_worst_first(page: Page) -> None:
    shown = page.locator("#problem-list .badge").all_inner_texts()
    assert shown == ["! 1 case errored", "✕ 1 case failed", "? unmeasured", "◆ known gap"]


def test_a_group_counts_what_passed_and_opens_its_cases(page: Page) -> None:
    row = page.locator("tr.group").filter(has_text="tools")
    cells = [" ".join(text.split()) for text in row.locator("td").all_inner_texts()]
    assert cells == ["2", "✕1 !1 0/2", "· not run"]
    row.locator("th").click()
    assert cases(page) == ["call", "crash"]
    expect(row.locator("th")).to_have_attribute("aria-expanded", "true")
    row.locator("th").click()
    assert cases(page) == []


def test_outcome_and_source_do_not_depend_on_colour(page: Page) -> None:
    page.click("#expand")
    expected = {
        ("call", 0): ("✓R", "passed, recorded"),
        ("call", 1): ("✕R", "failed, recorded"),
        ("crash", 1): ("!S", "errored, scripted"),
        ("gap", 1): ("◆D", "known gap, derived"),
        ("skip", 1): ("?L", "unmeasured, live"),
        ("refused", 0): ("⊘R", "unsupported, recorded"),
    }
    for (scenario, column), (text, words) in expected.items():
        expect(cell(page, scenario, column)).to_have_text(text)
        expect(cell(page, scenario, column)).to_have_attribute("aria-label", words)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("arguments call", ["call"]),
        ("S-01", ["call"]),
        ("cut stream", ["call"]),
        ("keyerror", ["crash"]),
        ("stream/", ["gap", "skip", "refused"]),
        ("arguments nothing", []),
    ],
    ids=["law", "bug", "title of a bug", "reason", "group", "all words"],
)
def test_the_search_covers_names_laws_bugs_and_reasons(page: Page, words: str, found: list[str]) -> None:
    page.fill("#text", words)
    assert cases(page) == found
    expect(page.locator("#status")).to_contain_text(
        "of 69 runs" if found else "No run matches these filters."
    )


def test_a_backend_is_filtered_with_all_targets_or_one(page: Page) -> None:
    page.select_option("#backend", "good")
    assert labels(page) == ["good@x", "good@y"]
    page.select_option("#backend", "bad@x")
    assert labels(page) == ["bad@x"]
    assert groups(page) == ["tools", "stream"]


def test_filters_of_group_outcome_and_source_combine(page: Page) -> None:
    page.get_by_role("button", name="failed 1").click()
    assert cases(page) == ["call"]
    page.get_by_role("button", name="known gap 1").click()
    assert sorted(cases(page)) == ["call", "gap"]
    page.get_by_role("button", name="derived").click()
    assert cases(page) == ["gap"]
    page.select_option("#group", "tools")
    assert cases(page) == []
    page.click("#clear")
    assert groups(page) == ["tools", "stream", "many"]
    expect(page.get_by_role("button", name="failed 1")).to_have_attribute("aria-pressed", "false")


def test_rows_below_the_screen_are_added_by_scrolling_and_by_the_keyboard(page: Page) -> None:
    page.click("#expand")
    rendered = len(cases(page))
    assert rendered < 65
    page.locator(".scroll").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(page.locator("tr.case")).to_have_count(65)
    page.click("#expand")
    page.click("#expand")
    assert len(cases(page)) == rendered
    page.locator("tr.group td").first.focus()
    for _ in range(68):
        page.keyboard.press("ArrowDown")
    expect(cell(page, "59", 0)).to_be_focused()


def test_a_filter_shows_its_matches_also_in_groups_that_were_open(page: Page) -> None:
    page.locator("tr.group th").filter(has_text="tools").click()
    page.fill("#text", "call")
    assert cases(page) == ["call"]
    page.fill("#text", "")
    assert cases(page) == ["call", "crash"], "the group is still open"


def test_the_button_closes_and_opens_the_groups_that_a_filter_shows(page: Page) -> None:
    button = page.locator("#expand")
    page.fill("#text", "call")
    expect(button).to_have_text("Close all groups")
    button.click()
    assert cases(page) == []
    expect(button).to_have_text("Open all groups")
    button.click()
    assert cases(page) == ["call"]


def test_a_window_that_grows_shows_more_rows(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    page.reload()
    page.click("#expand")
    assert len(cases(page)) < 20
    page.set_viewport_size({"width": 1280, "height": 3000})
    expect(page.locator("tr.case")).to_have_count(65)


def test_an_incomplete_run_says_so_in_the_title_and_lists_what_was_switched_off(
    browser: Browser, tmp_path: Path
) -> None:
    gone = ["one@x tools/b: was skipped", "one@x tools/<c>: is marked skip"]
    part = report(result("one@x", "tools/a"), switched_off=gone)
    with shown(browser, write_folder(part, tmp_path)) as page:
        expect(page).to_have_title("incomplete: 1 of 1 run passed: conformance of LLM backends")
        page.locator("#doubts").get_by_text("What was switched off").click()
        assert page.locator("#doubts details li").all_inner_texts() == gone


def test_an_empty_report_has_a_page(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, write_folder(report(), tmp_path)) as page:
        expect(page.locator("#verdict")).to_contain_text("0 of 0 runs passed")
