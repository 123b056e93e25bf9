"""The page by keyboard, in dark and light, on a phone, and for screen readers, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from conformance.report.folder import write_folder
from tests.report.report_page import cell, needs_chromium, opened, shown
from tests.report.reports import report, result

pytestmark = needs_chromium


def test_the_focused_cell_is_never_behind_the_sticky_header(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    page.click("#expand")
    page.locator("tr.group td").first.focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    for _ in range(30):
        page.keyboard.press("ArrowUp")
        top, header = page.evaluate(
            "['tbody :focus', 'thead'].map((each) => document.querySelector(each).getBoundingClientRect())"
            ".map((box, index) => (index ? box.bottom : box.top))"
        )
        assert top >= header - 1


def test_everything_is_reachable_by_keyboard(page: Page) -> None:
    page.focus("#clear")
    page.keyboard.press("Tab")
    expect(page.locator("tr.group th").first).to_be_focused()
    for key in ("Enter", "ArrowRight", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(cell(page, "call", 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("A call has its arguments.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(cell(page, "call", 1)).to_be_focused()
    for key in ("ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("thead [data-column]").nth(1)).to_be_focused()


def lightness(page: Page) -> int:
    """How light the page is, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return int(colour.removeprefix("rgb(").partition(",")[0])


def test_the_theme_follows_the_system_until_one_is_chosen(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    assert lightness(page) > 200
    page.emulate_media(color_scheme="dark")
    assert lightness(page) < 60
    page.click("#theme")
    expect(page.locator("#theme")).to_have_text("Theme: light")
    assert lightness(page) > 200
    page.reload()
    assert lightness(page) > 200, "the choice is remembered"
    page.click("#theme")
    page.emulate_media(color_scheme="light")
    assert lightness(page) < 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.locator("tr.group th").filter(has_text="tools").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    opened(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_phone_needs_no_horizontal_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide), "only the matrix itself may"
    dialog = opened(page)
    assert not page.evaluate(wide)
    assert dialog.evaluate("each => each.scrollWidth <= each.clientWidth")
    box = dialog.bounding_box()
    assert (box["x"], box["width"]) == (0, 390)


def test_many_targets_scroll_inside_the_matrix_alone(browser: Browser, tmp_path: Path) -> None:
    """Also where some were not asked, which only a hidden text says."""
    results = [result(f"one@target-{number}", f"group{number}/a") for number in range(30)]
    with shown(browser, write_folder(report(*results), tmp_path)) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
