"""The results file: what is written is read, a line a result, whatever a backend or an error says.

Unit tests: no recording holds every text there is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.report.results import Outcome, Result, Results, Source, read_lines, write_lines


def paired(text: str) -> str:
    """``text`` without a surrogate pair in two characters, which JSON cannot tell from one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


# Half a surrogate pair is what a backend makes of an emoji that it cut; st.text() alone leaves it out.
TEXT = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\u2028\u2029\x85\r\n\x00"\\\ud83e'))
TEXT = TEXT.map(paired)
RESULT = st.builds(
    Result,
    backend=st.just("one"),
    target=st.just("x"),
    group=st.just("tools"),
    scenario=TEXT,
    source=st.sampled_from(Source),
    outcome=st.sampled_from(Outcome),
    reason=TEXT,
    rerun=st.just("test_x.py::test_y"),
    played=st.integers(min_value=0),
)

ONE = Result("one", "x", "tools", "call", Source.RECORDING, Outcome.PASSED, "", "test_x.py::test_y")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results") / "results.jsonl"


@settings(deadline=None)
@given(results=st.lists(RESULT, max_size=3))
@example(results=[replace(ONE, reason="half a crab: \ud83e")])
def test_what_is_written_is_read_a_line_a_result(file: Path, results: list[Result]) -> None:
    """By this reader and by any other that knows JSON and lines."""
    write_lines(results, file)
    assert read_lines(file) == results
    lines = file.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["reason"] for line in lines] == [result.reason for result in results]


def test_a_line_is_readable_as_it_is(file: Path) -> None:
    result = Result(
        "one", "x", "tools", "call", Source.SCRIPT, Outcome.KNOWN_GAP, "é 🦀", "test_x.py::test_y"
    )
    write_lines([result], file)
    assert '"reason": "é 🦀"' in file.read_text("utf-8")
    assert '"outcome": "known gap"' in file.read_text("utf-8")
    assert '"source": "script"' in file.read_text("utf-8")


def test_its_folder_is_made(file: Path) -> None:
    """A run that took minutes must not end in a missing folder."""
    deep = file.parent / "report" / "today" / "results.jsonl"
    write_lines([ONE], deep)
    assert read_lines(deep) == [ONE]


def test_no_results_are_an_empty_file(file: Path) -> None:
    write_lines([], file)
    assert file.read_bytes() == b""
    assert read_lines(file) == []


def test_results_are_counted_and_walked_in_order() -> None:
    one, two = replace(ONE, played=1, live=1), replace(ONE, scenario="other", played=2, live=1)
    results = Results([one, two])
    assert (list(results), len(results)) == ([one, two], 2)
    assert [results.total(count) for count in ("played", "unplayed", "live")] == [3, 0, 2]
    assert (one.label, one.id) == ("one@x", "tools/call")
