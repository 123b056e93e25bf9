"""What a results file or a package brings along is text on the page: it runs nothing and leads to https only.

In a real browser. The reports are made by hand, past the check of a file: the page alone must hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from conformance.report.folder import write_folder
from conformance.report.results import Report, Source
from tests.report.report_page import TRANSCRIPT, cell, made, needs_chromium, opened, shown
from tests.report.reports import Outcome, report, result

pytestmark = needs_chromium

MARKUP = "</script><img src=x onerror=alert(1)><script>alert(1)</script>"

INJECTED = {
    "a script": "<script>document.title = 'ran'</script>",
    "a handler": "<img src=x onerror=\"document.title = 'ran'\">",
    "a script of another file": '<script src="ran.js"></script>',
    "a script of an address": "<script src=\"data:text/javascript,document.title='ran'\"></script>",
    "a frame": "<iframe srcdoc=\"<script>parent.document.title = 'ran'</script>\"></iframe>",
    "a link that is clicked": '<a id="go" href="javascript:document.title=\'ran\'">x</a>',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("injected")
    (folder / "ran.js").write_text("document.title = 'ran'", "utf-8")
    return folder


@pytest.mark.parametrize("name", INJECTED)
def test_a_script_that_got_into_the_page_does_not_run_and_the_page_works(
    browser: Browser, folder: Path, name: str
) -> None:
    file = write_folder(made(), folder)
    file.write_text(file.read_text("utf-8").replace("<main>", f"{INJECTED[name]}<main>"), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    if page.locator("#go").count():
        page.click("#go")
    opened(page)
    expect(page).to_have_title("what reached the live server: 0 of 1 run passed: conformance of LLM backends")
    page.close()


def hostile() -> Report:
    """Markup wherever a text or a number of a result is shown, and addresses that run."""
    [exchange] = TRANSCRIPT["exchanges"]
    answer = {**exchange["answer"], "status": MARKUP, "bytes": MARKUP, "sent_in": MARKUP, "ending": MARKUP}
    request = {
        "method": MARKUP,
        "target": MARKUP,
        "headers": {MARKUP: MARKUP},
        "body": MARKUP,
        "bytes": MARKUP,
    }
    transcript: dict[str, Any] = {
        "left_out": MARKUP,
        "exchanges": [{"request": request, "answer": answer}],
        "answers": [
            {"after": MARKUP, "raised": MARKUP, "decoded": {MARKUP: MARKUP}, "expected": {MARKUP: 1}}
        ],
        "demanded": {"code": MARKUP, "given": {MARKUP: MARKUP}},
        "compared": {"got": MARKUP, "op": MARKUP, "expected": MARKUP},
    }
    words = dict.fromkeys(("cause", "got", "expected", "traceback", "cassette", "recorded", "rerun"), MARKUP)
    bad = result(
        "bad@x",
        "tools/call",
        Outcome.FAILED,
        source=Source.DERIVED,
        reason=f"{MARKUP} javascript:alert(1) http://x.org/1 https://x.org/2",
        law=f"`{MARKUP}` ``{MARKUP}``",
        bugs=["S-01"],
        transcript=transcript,
        **words,
    )
    sources = [{"name": MARKUP, "url": "javascript:alert(1)"}, {"name": "good", "url": "https://x.org/3"}]
    backend = {
        **{"backend": "bad", "target": "x", "class": MARKUP, "package": MARKUP, "version": MARKUP},
        **{"homepage": "javascript:alert(1)", "issues": "https://x.org/issues", "model": MARKUP},
        **{"dialect": MARKUP, "source": "script", "scenarios": "all"},
    }
    bugs = {"S-01": {"title": MARKUP, "sources": sources}}
    return report(bad, backends=[backend], bugs=bugs, narrowed=[MARKUP], switched_off=[MARKUP])


def test_markup_in_a_result_is_shown_as_text_wherever_it_stands(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, write_folder(hostile(), tmp_path)) as page:
        page.click("#expand")
        cell(page, "call", 0).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(MARKUP)
        assert page.locator("img").count() == 0
        assert dialog.locator("a").evaluate_all("all => all.map((each) => each.href)") == [
            "https://x.org/2",
            "https://x.org/3",
        ]
        page.keyboard.press("Escape")
        page.locator("thead [data-column]").click()
        expect(dialog).to_contain_text("javascript:alert(1)")
        assert dialog.locator("a").evaluate_all("all => all.map((each) => each.href)") == [
            "https://x.org/issues"
        ]
        assert page.locator("img").count() == 0


def test_the_command_is_quoted_for_a_shell(browser: Browser, tmp_path: Path) -> None:
    odd = result("bad@x", "tools/call", Outcome.FAILED, rerun="x'; rm -rf ~; '")
    with shown(browser, write_folder(report(odd), tmp_path)) as page:
        expect(page.locator("#problem-list")).to_contain_text(
            """python -m pytest 'x'"'"'; rm -rf ~; '"'"''"""
        )
