"""The matrix, the list of problems, the closing lines and the age of recordings, as text.

Unit tests of pure functions over results; one run, since the age is read from recordings.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conformance.report.age import ages
from conformance.report.results import Outcome, Report, Source
from conformance.report.terminal import closing, matrix, problems
from tests.report.reports import report, result
from tests.support.project import LABEL, Project


def table(text: str) -> dict[str, list[str]]:
    """The cells of each row below the head, by the first word of the row."""
    lines = [line.split() for line in text.splitlines() if line.strip() and "──" not in line]
    head = next(number for number, line in enumerate(lines) if line[0] == "group")
    return {line[0]: line[1:] for line in lines[head + 1 :]}


def names(text: str) -> list[str]:
    """The targets in the head, which has backends in one line and targets in the next."""
    lines = [line.split() for line in text.splitlines()]
    head = next(number for number, line in enumerate(lines) if line[:1] == ["group"])
    return ["".join(parts) for parts in zip(lines[head - 1], lines[head][1:], strict=True)]


def test_the_matrix_has_a_row_for_each_group_and_a_column_for_each_target() -> None:
    results = report(
        result("one@x", "invoke/text"), result("one@x", "tools/call"), result("two@y", "tools/call")
    )
    rows = table(matrix(results))
    assert names(matrix(results)) == ["one@x", "two@y"]
    assert rows["invoke"] == ["1/1", "-"], "not asked does not count"
    assert rows["tools"] == ["1/1", "1/1"]
    assert rows["all"] == ["2/2", "1/1"]


def test_the_sources_are_counted_below_the_matrix() -> None:
    results = report(
        result("one@x", "errors/overflow"),
        result("one@x", "errors/refused", source=Source.SCRIPT),
        result("one@x", "errors/silent", source=Source.SCRIPT),
        result("one@x", "tools/call"),
        result("one@x", "tools/live", source=Source.LIVE),
        result("one@x", "tools/cut", source=Source.DERIVED),
        result("two@y", "tools/call", source=Source.SCRIPT),
    )
    rows = table(matrix(results))
    assert rows["all"] == ["6/6", "1/1"]
    counts = {name: rows[name] for name in ("recorded", "live", "derived", "scripted")}
    assert counts == {
        "recorded": ["2", "-"],
        "live": ["1", "-"],
        "derived": ["1", "-"],
        "scripted": ["2", "1"],
    }


def test_only_passed_counts_as_passed() -> None:
    results = report(*(result("one@x", f"tools/{outcome.name.lower()}", outcome) for outcome in Outcome))
    assert table(matrix(results))["tools"] == ["1g", "1u", "1/6"]


def test_the_target_with_the_fewest_problems_comes_first_and_equal_ones_keep_their_order() -> None:
    results = report(
        *(result("worst@x", f"tools/{name}", Outcome.FAILED) for name in "ab"),
        result("gap@x", "tools/a", Outcome.KNOWN_GAP),
        result("z@x", "tools/a"),
        result("a@x", "tools/a"),
        result("unmeasured@x", "tools/a", Outcome.UNMEASURED),
    )
    assert names(matrix(results)) == ["z@x", "a@x", "gap@x", "unmeasured@x", "worst@x"]


def test_the_group_with_the_most_failures_comes_first_and_equal_ones_keep_their_order() -> None:
    results = report(
        result("one@x", "usage/a"),
        result("one@x", "invoke/a", Outcome.KNOWN_GAP),
        result("one@x", "tools/a", Outcome.FAILED),
        *(result("one@x", f"stream/{name}", Outcome.ERRORED) for name in "ab"),
    )
    assert list(table(matrix(results))) == ["stream", "tools", "usage", "invoke", "all", "recorded"]


def test_the_matrix_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may go into a file, whatever the environment says about colours and width."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "dumb")
    text = matrix(report(result("one@x", "tools/call")))
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert table(text)["tools"] == ["1/1"]


def test_nothing_is_cut_off_however_many_targets_there_are() -> None:
    labels = [f"litellm@hosted-anthropic-messages-{number}" for number in range(15)]
    results = report(
        *(result(label, f"tools/{number}", Outcome.KNOWN_GAP) for label in labels for number in range(100))
    )
    assert names(matrix(results)) == labels
    assert table(matrix(results))["tools"] == ["100g", "0/100"] * 15


def test_problems_are_causes_with_an_example_then_unmeasured_then_gaps_with_reasons() -> None:
    wrong: dict[str, Any] = {"cause": "`finish_reason` is None", "law": "It ends with a reason."}
    results = report(
        result("one@x", "tools/gap", Outcome.KNOWN_GAP, reason="no calls, https://example.org/1"),
        result("one@x", "tools/skipped", Outcome.UNMEASURED, reason="Skipped: not here"),
        result("one@x", "tools/good"),
        result("one@x", "tools/bad", Outcome.FAILED, reason="assert 1 == 2", law="One is two."),
        result("one@x", "invoke/one", Outcome.FAILED, got="None", expected="'stop'", **wrong),
        result("two@y", "tools/one", Outcome.FAILED, got="None", expected="'tool_calls'", **wrong),
        result("one@x", "tools/ugly", Outcome.ERRORED, reason="KeyError: 'choices'"),
    )
    assert problems(results) == [
        "1 case errored: KeyError: 'choices'",
        "    e.g. one@x tools/ugly",
        "    law      tools/ugly",
        "    again    python -m pytest 'test_tools.py::test_ugly[one@x]'",
        "2 cases failed: `finish_reason` is None",
        "    e.g. one@x invoke/one",
        "    got      None",
        "    expected 'stop'",
        "    law      It ends with a reason.",
        "    again    python -m pytest 'test_invoke.py::test_one[one@x]'",
        "1 case failed: assert 1 == 2",
        "    e.g. one@x tools/bad",
        "    law      One is two.",
        "    again    python -m pytest 'test_tools.py::test_bad[one@x]'",
        "unmeasured: one@x tools/skipped: Skipped: not here",
        "known gap: one@x tools/gap: no calls, https://example.org/1",
    ]


def test_the_laws_that_one_cause_breaks_are_counted() -> None:
    results = report(
        *(
            result("one@x", f"tools/{law}{n}", Outcome.FAILED, cause="it is None", law=f"Law {law}.")
            for law, times in {"a": 1, "b": 3, "c": 2, "d": 1}.items()
            for n in range(times)
        )
    )
    laws = [line.split(maxsplit=1)[-1] for line in problems(results) if "aw" in line.split(maxsplit=1)[-1]]
    assert laws == ["Law b. (3)", "Law c. (2)", "Law a. (1)", "1 law more"]


@pytest.mark.parametrize(
    ("orphans", "words"), [(None, "not checked"), ([], "0"), (["a.yaml", "a.json"], "2")]
)
def test_orphans_that_were_not_checked_are_not_counted_as_zero(orphans: list[str] | None, words: str) -> None:
    whole = report()
    whole.orphans = orphans
    assert closing(whole)[-1].endswith(f"orphaned: {words}")


def test_what_the_run_left_out_is_said_before_the_counts() -> None:
    off = [f"one@x tools/{number}: was skipped" for number in range(12)]
    lines = closing(report(result("one@x", "tools/a"), narrowed=["-k some"], switched_off=off))[:-3]
    assert lines[:10] == [f"switched off (this fails the run): {words}" for words in off[:10]]
    assert lines[10:] == [
        "and 2 more",
        "declare what a backend cannot do yet as a known gap, with a link to its bug",
        "incomplete: parts of the suite were switched off: 12, the first: one@x tools/0: was skipped",
        "partial run: narrowed by -k some",
    ]


def test_an_empty_report_can_be_shown() -> None:
    assert problems(Report()) == []
    assert closing(report())[1] == "0 runs: 0 from recordings, 0 live, 0 derived, 0 from scripts"
    assert table(matrix(Report())) == {"all": []}


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
