"""What a cell of the page opens, in a real browser: all that is known of its run.

No recordings: the report is made by hand, so that every outcome and source is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from report_page import OBSERVED, chromium, made, needs_chromium, opened, shown

from conformance.report.folder import write_folder

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(made(), tmp_path_factory.mktemp("report"))


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    with shown(browser, file) as page:
        yield page


def test_a_cell_opens_all_that_is_known_of_its_run(page: Page) -> None:
    dialog = opened(page)
    expect(dialog).to_contain_text("A call has its arguments.")
    expect(dialog.locator(".law code")).to_have_text("arguments")
    expect(dialog.locator(".reason")).to_contain_text("assert 'a' == 'b' </script>")
    expect(dialog).to_contain_text("cassettes/bad/x/tools/call.yaml, made 2026-11-23 14:33:00 UTC")
    expect(dialog).to_contain_text("python -m pytest 'test_tools.py::test_call[bad@x]'")
    bug = dialog.get_by_role("link", name="one/two#3")
    expect(bug).to_have_attribute("href", "https://x.org/3")
    expect(dialog).to_contain_text("POST /v1/chat")
    expect(dialog).to_contain_text("authorization: Bearer <API_KEY>")
    expect(dialog).to_contain_text("2 earlier exchanges left out.")
    dialog.get_by_text("The failure in full").click()
    expect(dialog.get_by_text("the whole")).to_be_visible()


def test_a_stream_is_told_event_by_event(page: Page) -> None:
    dialog = opened(page)
    events = ['data: {"text":"Hello"}', 'data: {"text":" there"}', "data: [DONE]"]
    assert dialog.locator(".events li").all_inner_texts() == events
    expect(dialog).to_contain_text("recorded, 3 events")
    expect(dialog).to_contain_text("Sent in 3 pieces. Then: reset.")


def test_a_difference_is_shown_where_it_is(page: Page) -> None:
    dialog = opened(page)
    row = dialog.locator(".decoded tr").filter(has_text="content")
    assert row.locator("mark").all_inner_texts() == ["</script><b>there</b>", "world"]
    expect(row).to_contain_text("≠ differs")
    same = dialog.locator(".decoded tr").filter(has_text="finish_reason")
    expect(same).to_contain_text("= as expected")


def test_what_did_not_hold_is_shown_by_both_its_sides(page: Page) -> None:
    shown = opened(page).locator(".unheld")
    assert shown.locator("dd").all_inner_texts() == ["one\n<b>two</b>", "one\n<b>four</b>"]
    assert shown.locator("mark").all_inner_texts() == ["two", "four"]


def test_only_of_an_equality_one_side_is_what_was_got(page: Page) -> None:
    assert opened(page).locator(".unheld dt").all_inner_texts() == ["got", "expected"]
    page.keyboard.press("Escape")
    gap = opened(page, "stream/gap")
    assert gap.locator(".unheld dt").all_inner_texts() == ["left", "right"]
    assert gap.locator(".unheld dd").all_inner_texts() == ["a thought", "the request"]


def test_a_failure_that_compared_nothing_is_told_in_full(page: Page) -> None:
    expect(opened(page, "tools/crash").get_by_text("KeyError: 'x'")).to_be_visible()


def test_what_is_demanded_stands_as_it_is_written_with_what_was_given(page: Page) -> None:
    dialog = opened(page)
    expect(dialog.get_by_label("the scenario as it is written")).to_have_text(OBSERVED["demanded"]["code"])
    expect(dialog.locator("dl.given")).to_have_text("due'<i>Hello</i>'")


def test_a_column_tells_of_its_backend(page: Page) -> None:
    page.locator("thead [data-column]").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("pkg 1.0")
    expect(dialog.get_by_role("link", name="https://x.org")).to_be_visible()


def test_what_was_asked_for_last_is_shown(page: Page) -> None:
    """A run is unpacked while somebody already opens a column, which is there at once."""
    first_a_run = "const run = Detail.open(data, data.runs[0])"
    page.evaluate(f"async () => {{ {first_a_run}; Detail.openColumn(data, 0); await run; }}")
    expect(page.get_by_role("dialog")).to_contain_text("pkg 1.0")
