"""A browser and the page of a report, for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conformance.report.folder import write_folder
from tests.report.report_page import CHROMIUM, made, shown


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(made(), tmp_path_factory.mktemp("report"))


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    with shown(browser, file) as page:
        yield page
