"""The dialog that a cell of the page opens, in a real browser.

The report is made by hand, so that every outcome and source is in it.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.report.report_page import TRANSCRIPT, needs_chromium, opened

pytestmark = needs_chromium


def test_a_cell_opens_the_details_of_its_run(page: Page) -> None:
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
    dialog.get_by_text("Full failure output").click()
    expect(dialog.get_by_text("the whole")).to_be_visible()


def test_the_matrix_does_not_wait_for_the_details_and_a_dialog_does(browser: Browser, file: Path) -> None:
    """They are the last and the largest part of the page."""
    matrix, start, details = file.read_text("utf-8").partition('<script type="text/plain"')
    page = browser.new_page()
    page.evaluate("part => { document.open(); document.write(part); }", matrix)
    page.fill("#text", "crash")
    expect(page.locator("#status")).to_have_text("2 of 69 runs: 1 case on 3 targets.")
    page.locator("#problem-list button").filter(has_text="tools/call").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.evaluate("part => { document.write(part); document.close(); }", start + details)

    expect(page.get_by_role("dialog")).to_contain_text("POST /v1/chat")
    page.close()


def test_an_answer_that_is_no_stream_is_shown_in_its_pieces(page: Page) -> None:
    answer = opened(page, "stream/gap").locator("summary").filter(has_text="Answer")
    expect(answer).to_contain_text("derived, 2 pieces")


def test_a_stream_is_shown_event_by_event(page: Page) -> None:
    dialog = opened(page)
    events = ['data: {"text":"Hello"}', 'data: {"text":" there"}', "data: [DONE]"]
    assert dialog.locator(".events li").all_inner_texts() == events
    expect(dialog).to_contain_text("recorded, 3 events")
    expect(dialog).to_contain_text("Sent in 3 pieces. Ending: reset.")


def test_the_difference_between_decoded_and_expected_is_marked(page: Page) -> None:
    dialog = opened(page)
    row = dialog.locator(".decoded tr").filter(has_text="content")
    assert row.locator("mark").all_inner_texts() == ["</script><b>there</b>", "world"]
    expect(row).to_contain_text("≠ differs")
    same = dialog.locator(".decoded tr").filter(has_text="finish_reason")
    expect(same).to_contain_text("= as expected")


def test_both_sides_of_the_failed_comparison_are_shown(page: Page) -> None:
    shown = opened(page).locator(".comparison")
    assert shown.locator("dd").all_inner_texts() == ["one\n<b>two</b>", "one\n<b>four</b>"]
    assert shown.locator("mark").all_inner_texts() == ["two", "four"]


def test_sides_are_called_got_and_expected_only_for_an_equality(page: Page) -> None:
    assert opened(page).locator(".comparison dt").all_inner_texts() == ["got", "expected"]
    page.keyboard.press("Escape")
    gap = opened(page, "stream/gap")
    assert gap.locator(".comparison dt").all_inner_texts() == ["left", "right"]
    assert gap.locator(".comparison dd").all_inner_texts() == ["a thought", "the request"]


def test_a_failure_without_a_comparison_shows_its_full_output(page: Page) -> None:
    expect(opened(page, "tools/crash").get_by_text("KeyError: 'x'")).to_be_visible()


def test_the_code_of_the_scenario_is_shown_with_its_parameters(page: Page) -> None:
    dialog = opened(page)
    expect(dialog.get_by_label("source code of the scenario")).to_have_text(TRANSCRIPT["demanded"]["code"])
    expect(dialog.locator("dl.given")).to_have_text("due'<i>Hello</i>'")


def test_the_command_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog = opened(page)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "python -m pytest 'test_tools.py::test_call[bad@x]'"


def test_a_page_without_a_clipboard_has_no_copy_button(page: Page) -> None:
    """As one that came over plain HTTP."""
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    dialog = opened(page)
    expect(dialog).to_contain_text("python -m pytest 'test_tools.py::test_call[bad@x]'")
    expect(dialog.get_by_role("button", name="Copy")).to_have_count(0)


def test_a_column_header_opens_the_facts_of_its_backend(page: Page) -> None:
    page.locator("thead [data-column]").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("pkg 1.0")
    expect(dialog.get_by_role("link", name="https://x.org")).to_be_visible()


def test_the_dialog_shows_what_was_opened_last(page: Page) -> None:
    """Unpacking a run takes time, and a column can be opened meanwhile."""
    page.evaluate(
        "async () => { const run = Detail.open(data, data.runs[0]); Detail.openColumn(data, 0); await run; }"
    )
    expect(page.get_by_role("dialog")).to_contain_text("pkg 1.0")
