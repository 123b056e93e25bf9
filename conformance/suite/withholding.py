"""What a recording run must not show: an answer may repeat a key, and its scenario fails for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def withhold(report: pytest.TestReport, secret_in: Callable[[str], str]) -> None:
    """Take the words out of ``report`` wherever ``secret_in`` names a secret that stands in them."""
    if found := secret_in(str(report.longrepr or "")):
        report.longrepr = f"it failed, and why is not shown: {found} stands in its words"
    report.sections = [
        (name, f"not shown: {found} stands in it" if (found := secret_in(text)) else text)
        for name, text in report.sections
    ]
