"""Measures how fast the page of results responds in Chromium: ``python -m bench.page``.

300 scenarios on 30 backends with every group open, the most that a filter has to draw.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from conformance.report.file import read, write
from conformance.report.folder import write_folder
from conformance.report.results import Outcome, Report, Result, Source

SCENARIOS, GROUPS, BACKENDS = 300, 30, 30
TRANSCRIPT = 2_000
"""Bytes of an answer; the page compresses them."""

FILTERS = {
    "text, a letter": "document.getElementById('text').value = 's'",
    "text, a scenario": "document.getElementById('text').value = 'scenario_123'",
    "text, cleared": "document.getElementById('text').value = ''",
    "a backend": "document.getElementById('backend').value = 'backend_7'",
    "all backends": "document.getElementById('backend').value = ''",
    "a group": "document.getElementById('group').value = 'group_3'",
    "all groups": "document.getElementById('group').value = ''",
}

TIMED = """async (change) => {
  const start = performance.now();
  eval(change);
  document.getElementById('filters').dispatchEvent(new Event('input'));
  const scripted = performance.now() - start;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [scripted, performance.now() - start];
}"""
"""Milliseconds until the script has ended, and until the change is drawn."""


def main() -> int:
    """Print the size of the page, and how long each filter takes."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stdout.write("chromium is not installed, or not on PATH\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        results = Path(folder, "results.jsonl")
        write(_report(), results)
        file = write_folder(read(results), Path(folder))
        sys.stdout.write(
            f"{SCENARIOS * BACKENDS} runs: results.jsonl {results.stat().st_size / 1e6:.1f} MB, "
            f"index.html {file.stat().st_size / 1e6:.1f} MB\n"
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(file.as_uri())
        ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        sys.stdout.write(f"{'open':<20} {ready:6.0f} ms\n")
        _filters(page)
        browser.close()
    return 0


def _filters(page: Page) -> None:
    page.click("#expand")
    for name, change in FILTERS.items():
        scripted, drawn = page.evaluate(TIMED, change)
        sys.stdout.write(f"{name:<20} {scripted:6.0f} ms, drawn after {drawn:.0f} ms\n")


def _report() -> Report:
    outcomes, sources = list(Outcome), list(Source)
    results = [
        Result(
            backend=f"backend_{column}",
            target="engine",
            group=f"group_{row % GROUPS}",
            scenario=f"scenario_{row}",
            source=sources[row % len(sources)],
            outcome=outcomes[row % len(outcomes)] if (row + column) % 40 == 0 else Outcome.PASSED,
            reason="assert 1 == 2" if (row + column) % 40 == 0 else "",
            rerun=f"test_group.py::test_scenario_{row}[backend_{column}@engine]",
            law=f"The law of scenario {row}: it says in a sentence or two what must hold.",
            index=row * BACKENDS + column,
            transcript=_transcript(row * BACKENDS + column),
        )
        for row in range(SCENARIOS)
        for column in range(BACKENDS)
    ]
    names = ("suite", "started", "python", "platform", "command", "shard", "divided")
    header = {**dict.fromkeys(names, ""), "sdks": {}, "narrowed": [], "backends": [], "bugs": {}}
    return Report(header, results)


def _transcript(number: int) -> dict[str, Any]:
    answer = {"status": 200, "headers": {}, "sent_in": 1, "bytes": TRANSCRIPT, "ending": ""}
    request = {"method": "POST", "target": "/", "headers": {}, "body": f"{number}", "bytes": 1}
    pieces = [f"data: {number} {'x' * TRANSCRIPT}\n\n"]
    exchange = {"request": request, "answer": {**answer, "pieces": pieces}}
    return {"exchanges": [exchange], "answers": [], "left_out": 0}


if __name__ == "__main__":
    sys.exit(main())
