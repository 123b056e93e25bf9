"""The age of recordings in the closing lines, as text.

Unit tests of pure functions over results; one run, since the age is read from recordings.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from conformance.report.age import ages
from tests.report.reports import result
from tests.support.project import LABEL, Project

SCENARIO = """
from conformance.spec.dialogue import text

def test_{name}(interview):
    interview.answers(text.GREETING)
"""
TODAY = date(2026, 11, 24)
ONE = result(LABEL, "invoke/text", recorded="2026-08-26T12:00:00Z")


def test_a_run_says_when_its_recordings_were_made_and_is_green_though_they_are_old(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", SCENARIO.format(name="text") + SCENARIO.format(name="old"))
    project.recording("invoke/text")
    old = project.recording("invoke/old")
    text, count = re.subn(r"recorded: '\S+'", "recorded: '2001-02-03T04:05:06Z'", old.read_text("utf-8"))
    assert count == 1
    old.write_text(text, "utf-8")

    serial, parallel = project.inline(), project.inline("-n", "2")

    for run in (serial, parallel):
        assert run.status == pytest.ExitCode.OK, run.output
        lines = run.output.splitlines()
        [shown] = [line for line in lines if line.startswith("recordings: ")]
        assert shown.startswith("recordings: 2, made 2001-02-03 to 20")
        warned = [line for line in lines if line.startswith("warning: ")]
        assert (
            f"warning: {LABEL} has 1 recording older than 90 days, the oldest of 2001-02-03; "
            f"to see what has changed since, run: python -m conformance drift --target {LABEL}"
        ) in warned


def test_ninety_days_are_not_old_and_a_day_more_is() -> None:
    """A unit test: no run can be put into another time."""
    young = replace(ONE, target="young")
    old = replace(ONE, recorded="2026-08-25T23:59:59Z")
    assert list(ages([young], TODAY)) == ["recordings: 1, made 2026-08-26 to 2026-08-26"]
    first, *warnings = ages([old, young, old], TODAY)
    assert first == "recordings: 3, made 2026-08-25 to 2026-08-26"
    [warning] = warnings
    assert warning.startswith("warning: openai@engine has 2 recordings older than 90 days")


def test_a_run_without_recordings_says_nothing() -> None:
    assert list(ages([replace(ONE, recorded="")], TODAY)) == []
