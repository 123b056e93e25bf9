"""What a run with a real key must not show: an answer may repeat the key, and its scenario fails for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.recording import RecordTape
from conformance.recording.credentials import Credentials
from conformance.suite.stage import LIVE_KEY, Stage


def secrets_of(config: pytest.Config, stage: Stage | None) -> Callable[[str], str] | None:
    """What names a secret that stands in a text; None in a run that has nothing but keys of nobody."""
    if stage is not None and isinstance(stage.tape, RecordTape):
        return stage.tape.secret_in
    key = config.stash.get(LIVE_KEY, None)
    return None if key is None else Credentials({"--key-env": key}).find


def withhold(report: pytest.TestReport, secret_in: Callable[[str], str]) -> None:
    """Take the words out of ``report`` wherever ``secret_in`` names a secret that stands in them."""
    if found := secret_in(str(report.longrepr or "")):
        report.longrepr = f"it failed, and why is not shown: {found} stands in its words"
    report.sections = [
        (name, f"not shown: {found} stands in it" if (found := secret_in(text)) else text)
        for name, text in report.sections
    ]
