"""Measures how fast a page of results responds in Chromium: ``python -m bench.page report/results.jsonl``.

All groups are open, the most that a filter has to draw.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from conformance.report.file import read
from conformance.report.folder import write_folder

FILTERS = {
    "text, a letter": "document.getElementById('text').value = 's'",
    "text, a word": "document.getElementById('text').value = 'stream'",
    "text, cleared": "document.getElementById('text').value = ''",
    "a backend": "document.getElementById('backend').selectedIndex = 1",
    "all backends": "document.getElementById('backend').selectedIndex = 0",
    "a group": "document.getElementById('group').selectedIndex = 1",
    "all groups": "document.getElementById('group').selectedIndex = 0",
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

FIRST = """(() => {
  const click = async () => {
    if (!document.querySelector("#table thead")) return setTimeout(click);
    document.getElementById("expand").click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    window.usable = performance.now();
  };
  click();
})()"""
"""Opens all groups as soon as there is a matrix, and notes after how many milliseconds they were drawn."""

ROUNDS = 3
"""How often a page is opened; the quickest counts, because other load only adds time."""


def usable_ms(file: Path) -> float | None:
    """Milliseconds until a page has drawn what its first click asks for; None without chromium."""
    if (chromium := shutil.which("chromium")) is None:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        times = []
        for _ in range(ROUNDS):
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.add_init_script(FIRST)
            page.goto(file.as_uri())
            times.append(float(page.wait_for_function("window.usable").json_value()))
            page.close()
        browser.close()
    return min(times)


def main() -> int:
    """Print the size of the page, and how long each filter takes."""
    chromium = shutil.which("chromium")
    if chromium is None or len(sys.argv) != 2:
        sys.stderr.write("usage: python -m bench.page RESULTS; chromium must be on PATH\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        results = Path(sys.argv[1])
        report = read(results)
        file = write_folder(report, Path(folder))
        sys.stdout.write(
            f"{len(report)} runs: results.jsonl {results.stat().st_size / 1e6:.1f} MB, "
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


if __name__ == "__main__":
    sys.exit(main())
