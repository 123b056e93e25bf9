"""The contract, the list of problems and the closing lines, as text.

Unit tests of pure functions over results.
"""

from __future__ import annotations

from typing import Any

import pytest

from conformance.report.problems import problems
from conformance.report.results import Outcome, Report
from conformance.report.terminal import closing, contract
from tests.report.reports import report, result


def test_the_contract_has_a_line_for_each_tier() -> None:
    lacking = ("finish reasons",)
    results = report(
        result("one@x", "invoke/a", missing=lacking),
        result("one@x", "invoke/b", Outcome.FAILED),
        result("one@x", "usage/a", tier="token counts"),
        result("one@x", "endings/a", Outcome.NOT_JUDGED, missing=lacking),
        result("two@y", "invoke/a", Outcome.FAILED, tier="finish reasons"),
    )
    assert [line.rstrip() for line in contract(results)] == [
        "contract of one@x",
        "  base                     1 of 2",
        "  finish reasons           not judged in 2 cases",
        "  token counts             1 of 1",
        "",
        "contract of two@y",
        "  finish reasons           0 of 1",
        "",
    ]


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
    assert laws == ["Law b. (3)", "Law c. (2)", "Law a. (1)", "1 more law"]


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
