"""The matrix and the capabilities, as text.

Unit tests of pure functions over results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from conformance.report.parts import APART, REACHED, SCRIPTS_ONLY
from conformance.report.results import Outcome, Report, Source
from conformance.report.terminal import capabilities, closing, contract, matrix, shown
from conformance.runner.targets.target import CAPABILITIES
from tests.report.reports import report, result

REPLAYED = (Source.RECORDING, Source.DERIVED, Source.SCRIPT)


def table(text: str) -> dict[str, dict[str, str]]:
    """The cells of each target by the heads of their columns; an empty cell is left out."""
    found: dict[str, dict[str, str]] = {}
    for part in filter(str.strip, text.split(SCRIPTS_ONLY)):
        head, _, *rows = [line for line in part.splitlines() if line.strip()]
        heads = [(each[0], each.end()) for each in re.finditer(r"failed in|\S+", head)]
        found |= {row.split()[0]: dict(_cells(row, heads)) for row in rows}
    return found


def _cells(row: str, heads: list[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """Cells end with their head, but the last one."""
    begin = 0
    for head, end in heads:
        cell = row[begin:] if head == "failed in" else row[begin:end]
        begin = end
        if head != "target" and cell.strip():
            yield head, cell.split(maxsplit=1)[-1] if begin == 0 else cell.strip()


def test_the_matrix_has_a_line_for_each_target() -> None:
    results = report(
        result("one@x", "invoke/text"), result("one@x", "tools/call"), result("two@y", "tools/call")
    )
    assert table(matrix(results)) == {
        "one@x": {"passed": "2", "of": "2", "recorded": "2"},
        "two@y": {"passed": "1", "of": "1", "recorded": "1"},
    }


def test_the_sources_are_counted() -> None:
    results = report(
        result("one@x", "errors/overflow"),
        result("one@x", "errors/refused", source=Source.SCRIPT),
        result("one@x", "errors/silent", source=Source.SCRIPT),
        result("one@x", "tools/call"),
        result("one@x", "tools/cut", source=Source.DERIVED),
        result("two@y", "tools/call", source=Source.SCRIPT),
    )
    names = ("recorded", "live", "derived", "scripted")
    rows = table(matrix(results))
    assert [rows["one@x"].get(name) for name in names] == ["2", None, "1", "2"]
    assert [rows["two@y"].get(name) for name in names] == [None, None, None, "1"]


def test_what_reached_a_live_server_and_scripts_have_a_score_each() -> None:
    results = report(
        result("one@x", "tools/call", Outcome.FAILED, source=Source.LIVE),
        result("one@x", "tools/result", Outcome.UNSUPPORTED, source=Source.LIVE),
        *(result("one@x", f"errors/{n}", source=Source.SCRIPT) for n in range(9)),
        result("two@y", "errors/1", source=Source.SCRIPT),
    )
    _, _, reached = matrix(results).partition(REACHED)
    first, _, rest = reached.partition(SCRIPTS_ONLY)
    second, _, third = rest.partition(APART)
    assert table(first)["one@x"] == {
        **{"passed": "0", "of": "2", "failed": "1", "unsup.": "1", "live": "2"},
        "failed in": "tools 1",
    }
    assert table(second) == {"two@y": {"passed": "1", "of": "1", "scripted": "1"}}
    assert table(third) == {"one@x": {"passed": "9", "of": "9", "scripted": "9"}}
    assert closing(results)[-2:] == [
        f"{REACHED}: 0 of 2 runs passed, 1 failed, 1 unsupported",
        f"{APART}: 10 of 10 runs passed",
    ]
    assert [line.split()[1:] for line in contract(results)[1:2]] == [
        ["0", "of", "1", "live,", "9", "of", "9", "scripts"]
    ]


def test_a_report_of_a_live_server_alone_has_one_score() -> None:
    alone = report(result("one@x", "tools/call", source=Source.LIVE))
    assert REACHED not in "\n".join([matrix(alone), *closing(alone)])


def test_targets_that_only_scripts_answered_are_in_a_second_table() -> None:
    results = report(
        result("one@s", "tools/a", source=Source.SCRIPT),
        result("one@cut", "tools/a", Outcome.FAILED, source=Source.DERIVED),
        result("one@cut", "tools/b", source=Source.SCRIPT),
        result("one@x", "tools/a"),
    )
    first, second = matrix(results).split(SCRIPTS_ONLY)
    assert [*table(first)] == ["one@x", "one@cut"]
    assert table(second) == {"one@s": {"passed": "1", "of": "1", "scripted": "1"}}
    assert SCRIPTS_ONLY not in matrix(report(result("one@x", "tools/a")))


def test_a_script_measures_no_capability() -> None:
    found = [
        result(f"one@{source}", "capabilities/capability-tools", source=source, measured="yes", declared=True)
        for source in Source
    ]
    rows = [line.split() for line in capabilities(report(*found)).splitlines() if "one@" in line]
    assert rows == [
        *(["one@recording", "yes", "="], ["one@live", "yes", "="]),
        *(["one@script", "–"], ["one@derived", "yes", "="]),
    ]
    [script] = [each for each in found if each.source is Source.SCRIPT]
    assert capabilities(report(script)) == ""


def test_only_passed_counts_as_passed() -> None:
    results = report(*(result("one@x", f"tools/{outcome.name.lower()}", outcome) for outcome in Outcome))
    outcomes = ("passed", "of", "failed", "errored", "gaps", "unsup.", "n.j.", "unmeas.")
    row = table(matrix(results))["one@x"]
    assert [row.get(name) for name in outcomes] == ["1", "7", "1", "1", "1", "1", "1", "1"]


def test_the_target_with_the_fewest_problems_comes_first_and_equal_ones_keep_their_order() -> None:
    results = report(
        *(result("worst@x", f"tools/{name}", Outcome.FAILED) for name in "ab"),
        result("gap@x", "tools/a", Outcome.KNOWN_GAP),
        result("z@x", "tools/a"),
        result("a@x", "tools/a"),
        result("unmeasured@x", "tools/a", Outcome.UNMEASURED),
    )
    assert [*table(matrix(results))] == ["z@x", "a@x", "gap@x", "unmeasured@x", "worst@x"]


def test_the_groups_in_which_a_target_fails_most_are_named() -> None:
    failed = {"ends": 3, "tools": 2, "use": 1, "invoke": 1, "errors": 1}
    results = report(
        result("one@x", "history/a"),
        result("one@x", "calls/a", Outcome.KNOWN_GAP),
        *(result("one@x", f"{group}/{n}", Outcome.FAILED) for group in failed for n in range(failed[group])),
    )
    assert table(matrix(results))["one@x"]["failed in"] == "ends 3, tools 2, use 1, and 2 more"
    assert "failed in" not in matrix(report(result("one@x", "tools/a"))), "nothing failed"


def test_everything_but_commands_fits_80_columns() -> None:
    long = {"law": "a law of many words " * 9, "cause": "`content` is " * 9, "got": "'many words' " * 9}
    failed = [
        result(f"backend@target-{n}", f"{group}/{n}", Outcome.FAILED, expected="more " * 40, **long)
        for n in range(3)
        for group in ("invocations", "attachments", "capabilities", "fragments", "concurrency")
    ]
    probes = [
        result("backend@a-target", f"capabilities/capability-{name}", measured="ignored")
        for name in CAPABILITIES
    ]
    lines = [line for line in shown(report(*failed, *probes)) if "    again    " not in line]
    assert [line for line in lines if len(line) > 80] == []
    assert sum("many words" in line for line in lines) > 4


def test_the_matrix_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may go into a file, whatever the environment says about colours and width."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "dumb")
    text = matrix(report(result("one@x", "tools/call")))
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert table(text)["one@x"]["passed"] == "1"


def test_the_matrix_fits_80_columns_however_many_targets_there_are() -> None:
    labels = [f"litellm@hosted-{number}" for number in range(30)]
    results = report(
        *(
            result(label, f"tools/{number}", outcome, source=source)
            for label in labels
            for number, (outcome, source) in enumerate(
                [*((Outcome.PASSED, source) for source in REPLAYED), (Outcome.KNOWN_GAP, Source.SCRIPT)] * 100
            )
        )
    )
    text = matrix(results)
    assert [*table(text)] == labels
    assert max(map(len, text.splitlines())) <= 80


def test_the_matrix_of_an_empty_report_has_no_line() -> None:
    assert table(matrix(Report())) == {}
