"""Redacts a real key in the output of a run: an answer may repeat the key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.recording.secrets.credentials import Credentials
from conformance.runner.mode import ANSWERS
from conformance.runner.stage.stage import Stage


def secret_finder(config: pytest.Config, stage: Stage | None) -> Callable[[str], str] | None:
    """A function that names the secret in a text, empty for none; None in a run without a real key."""
    if stage is not None and stage.recorder is not None:
        return stage.recorder.secret_in
    key = config.stash[ANSWERS].key
    return None if key is None else Credentials({"--key-env": key}).find


def redact(report: pytest.TestReport, secret_in: Callable[[str], str]) -> None:
    """Replace every text of ``report`` that contains a secret, as ``secret_in`` finds it."""
    if found := secret_in(str(report.longrepr or "")):
        report.longrepr = f"failed; the reason is not shown because it contains {found}"
    report.sections = [
        (name, f"not shown because it contains {found}" if (found := secret_in(text)) else text)
        for name, text in report.sections
    ]
