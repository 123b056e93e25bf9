"""A report with every outcome and source, and its page in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from conformance.report.results import Report, Source
from tests.report.reports import Outcome, report, result

CHROMIUM = shutil.which("chromium")

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="the page is shown in chromium, which is not installed: apt-get install chromium",
)

TRANSCRIPT: dict[str, Any] = {
    "left_out": 2,
    "exchanges": [
        {
            "request": {
                "method": "POST",
                "target": "/v1/chat",
                "headers": {"authorization": "Bearer <API_KEY>"},
                "body": '{"stream":true}',
                "bytes": 15,
            },
            "answer": {
                "status": 200,
                "headers": {"content-type": "text/event-stream"},
                "pieces": ['data: {"text":"Hel', 'lo"}\n\ndata: {"text":" there"}\n\n', "data: [DONE]\n\n"],
                "sent_in": 3,
                "bytes": 70,
                "ending": "reset",
            },
        }
    ],
    "answers": [
        {
            "after": 1,
            "raised": False,
            "decoded": {"content": "Hello </script><b>there</b>", "finish_reason": "stop"},
            "expected": {"content": "Hello world", "finish_reason": "stop", "tool_calls": []},
        }
    ],
    "demanded": {"code": "answer = ask(1 < 2)\nassert answer == due", "given": {"due": "'<i>Hello</i>'"}},
    "compared": {"got": "one\n<b>two</b>", "op": "==", "expected": "one\n<b>four</b>"},
}


def made() -> Report:
    """A report with every outcome and every source; one of its two backends has problems."""
    failed = result(
        "bad@x",
        "tools/call",
        Outcome.FAILED,
        reason="assert 'a' == 'b' </script><img src=x onerror=alert(1)>",
        law="A call has its ``arguments``.",
        bugs=["S-01"],
        traceback="the whole\ntraceback",
        cassette="cassettes/bad/x/tools/call.yaml",
        recorded="2026-11-23T14:33:00Z",
        transcript=TRANSCRIPT,
    )
    crashed: dict[str, Any] = {"source": Source.SCRIPT, "reason": "KeyError", "traceback": "KeyError: 'x'"}
    [exchange] = TRANSCRIPT["exchanges"]
    page = {**exchange["answer"], "headers": {"content-type": "text/html"}, "pieces": ["<h1>Busy", "</h1>"]}
    absent = {
        **TRANSCRIPT,
        "exchanges": [{**exchange, "answer": page}],
        "compared": {"got": "a thought", "op": "in", "expected": "the request"},
    }
    gap = {"reason": "waits for https://x.org/9", "link": "https://x.org/9", "transcript": absent}
    results = [
        failed,
        result("bad@x", "tools/crash", Outcome.ERRORED, **crashed),
        result("bad@x", "stream/gap", Outcome.KNOWN_GAP, source=Source.DERIVED, **gap),
        result("bad@x", "stream/skip", Outcome.UNMEASURED, source=Source.LIVE, reason="Skipped: no"),
        result("good@x", "tools/call", law="A call has its ``arguments``.", transcript=TRANSCRIPT),
        result("good@x", "tools/crash", source=Source.SCRIPT),
        result("good@x", "stream/gap", source=Source.DERIVED),
        result("good@x", "stream/refused", Outcome.UNSUPPORTED),
        *(result("good@x", f"many/{number}", source=Source.SCRIPT) for number in range(60)),
        result("good@y", "many/0", source=Source.SCRIPT),
    ]
    backend = {
        "backend": "good",
        "target": "x",
        "package": "pkg",
        "version": "1.0",
        "homepage": "https://x.org",
    }
    return report(*results, backends=[backend], narrowed=["-k some"])


@contextmanager
def shown(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, opened from the disk; a request, an error, a dialog or a console message fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("request", lambda request: wrong.append(request.url))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert [each for each in wrong if each not in (file.as_uri(), "data:,")] == []


def opened(page: Page, run: str = "tools/call") -> Any:
    """The dialog of one of the problems, once it shows that run: its details are unpacked first."""
    page.locator("#problem-list button").filter(has_text=run).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text(run.replace("/", " / "))
    return dialog


def cell(page: Page, case: str, column: int) -> Any:
    row = page.locator("tr.case").filter(has=page.get_by_role("rowheader", name=case, exact=True))
    return row.locator("td").nth(column)
