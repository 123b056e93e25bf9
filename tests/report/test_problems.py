"""The problems above the matrix of the page, in a real browser: causes and laws as the terminal has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from conformance.report.folder import write_folder
from conformance.report.problems import problems
from conformance.report.results import Outcome
from tests.report.report_page import needs_chromium, shown
from tests.report.reports import report, result

pytestmark = needs_chromium

NONE: dict[str, Any] = {"cause": "`finish_reason` is None", "got": "None", "reason": "assert None"}
WRONG = report(
    result("one@x", "tools/gap", Outcome.KNOWN_GAP, reason="no calls, https://example.org/1"),
    result("one@x", "tools/skipped", Outcome.UNMEASURED, reason="Skipped: not here"),
    result("one@x", "tools/good"),
    *(
        result(
            "two@y", f"{group}/{n}", Outcome.FAILED, law=f"Law of ``{group}``.", expected=f"'{group}'", **NONE
        )
        for group, times in {"stream": 1, "tools": 3, "usage": 2, "calls": 1, "errors": 1}.items()
        for n in range(times)
    ),
    result("one@x", "tools/alone", Outcome.FAILED, cause="<b> came", got="'one two'", expected="'one four'"),
    result("one@x", "tools/ugly", Outcome.ERRORED, reason="KeyError: 'choices'", cause="KeyError: 'choices'"),
    *(result("one@x", f"many/{n}", Outcome.FAILED, cause=f"cause {n}", law="Law.") for n in range(8)),
)


@pytest.fixture
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with shown(browser, write_folder(WRONG, tmp_path_factory.mktemp("problems"))) as page:
        yield page


def words(places: Locator) -> list[str]:
    return [" ".join(text.split()) for text in places.all_inner_texts()]


def of_cause(page: Page, cause: str) -> Locator:
    return page.locator("#problem-list .cause").filter(has_text=cause)


def test_causes_come_first_in_the_order_and_words_of_the_terminal(page: Page) -> None:
    page.get_by_text("and 3 causes more").click()
    found = [text.partition(" ")[2] for text in words(page.locator("#problem-list .cause > p"))]
    lines = [line.replace("`", "") for line in problems(WRONG) if not line.startswith(" ")]
    assert found == [line.replace(": ", " ", 1) for line in lines[:-2]]
    assert found[:3] == [
        "1 case errored KeyError: 'choices'",
        "8 cases failed finish_reason is None",
        "1 case failed <b> came",
    ]
    others = words(page.locator("#problem-list .other"))
    assert others == [
        "? unmeasured one@x tools/skipped Skipped: not here",
        "◆ known gap one@x tools/gap no calls, https://example.org/1",
    ]


def test_a_cause_has_its_laws_each_with_both_sides_the_first_example_and_the_command(page: Page) -> None:
    cause = of_cause(page, "finish_reason")
    cause.get_by_text("and 2 laws more").click()
    laws = cause.locator(".broken")
    assert [text.partition(" got")[0] for text in words(laws)] == [
        *("Law of tools. (3)", "Law of usage. (2)", "Law of stream. (1)"),
        *("Law of calls. (1)", "Law of errors. (1)"),
    ]
    assert words(laws.first.locator("dt, dd")) == ["got", "None", "expected", "'tools'"]
    expect(laws.first.get_by_role("button")).to_have_text("e.g. two@y tools/0")
    expect(laws.first.locator(".example code")).to_have_text(
        "python -m pytest 'test_tools.py::test_0[two@y]'"
    )


def test_the_example_opens_its_details(page: Page) -> None:
    of_cause(page, "finish_reason").get_by_role("button").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("usage / 0")
    expect(dialog).to_contain_text("Law of usage.")


def test_what_differs_between_the_sides_is_marked(page: Page) -> None:
    assert words(of_cause(page, "<b> came").locator("mark")) == ["two", "four"]
    expect(of_cause(page, "finish_reason").locator("mark")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_among_the_problems(page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.locator("#problem-list > .more summary").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
