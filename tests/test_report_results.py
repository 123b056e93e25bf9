"""The results file: what is written is read, a line a result, whatever a backend or an error says.

Unit tests: no recording holds every text there is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reports import HEADER, Outcome, report, result

from conformance.report.file import ResultsError, Writer, read, schema, write
from conformance.report.results import Report, Result, Source


def paired(text: str) -> str:
    """``text`` without a surrogate pair in two characters, which JSON cannot tell from one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


# Half a surrogate pair is what a backend makes of an emoji that it cut; st.text() alone leaves it out.
TEXT = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\u2028\u2029\x85\r\n\x00"\\\ud83e'))
TEXT = TEXT.map(paired)
NOTHING_SEEN = {
    "exchanges": [],
    "left_out": 0,
    "answers": [],
    "demanded": {"code": "", "given": {}},
    "compared": None,
}
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
    bugs=st.lists(TEXT, max_size=2),
    observation=st.none() | st.just(NOTHING_SEEN),
)

ONE = result("one@x", "tools/call", rerun="test_x.py::test_y", bugs=[])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results") / "results.jsonl"


@settings(deadline=None)
@given(results=st.lists(RESULT, max_size=3))
@example(results=[replace(ONE, reason="half a crab: \ud83e")])
def test_what_is_written_is_read_a_line_a_result(file: Path, results: list[Result]) -> None:
    """By this reader and by any other that knows JSON and lines."""
    written = report(results)
    write(written, file)
    assert read(file) == written
    lines = file.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    header, *told, footer = map(json.loads, lines)
    assert [line["reason"] for line in told] == [result.reason for result in results]
    assert (header["kind"], footer["kind"], footer["runs"]) == ("header", "footer", len(results))


@settings(deadline=None)
@given(results=st.lists(RESULT, max_size=2))
def test_every_line_is_as_the_schema_says(file: Path, results: list[Result]) -> None:
    write(report(results), file)
    for line in file.read_bytes().decode("utf-8").split("\n")[:-1]:
        jsonschema.Draft202012Validator(schema()).validate(json.loads(line))


def test_the_schema_is_one_and_refuses_what_is_no_line() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    footer = {"kind": "footer", **(report([]).footer or {})}
    validator.validate(footer)
    for wrong in ({}, {"kind": "result"}, {**footer, "runs": -1}, {**footer, "colour": "red"}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(wrong)


def test_a_line_is_readable_as_it_is(file: Path) -> None:
    write(report([replace(ONE, source=Source.SCRIPT, outcome=Outcome.KNOWN_GAP, reason="é 🦀")]), file)
    assert '"reason": "é 🦀"' in file.read_text("utf-8")
    assert '"outcome": "known gap"' in file.read_text("utf-8")
    assert '"source": "script"' in file.read_text("utf-8")


def test_its_folder_is_made(file: Path) -> None:
    """A run that took minutes must not end in a missing folder."""
    deep = file.parent / "report" / "today" / "results.jsonl"
    write(report([ONE]), deep)
    assert read(deep).results == [ONE]


def test_results_stand_in_the_order_of_one_process(file: Path) -> None:
    """Workers end in any order; the file is written as they do."""
    late, early = replace(ONE, place=2), replace(ONE, scenario="other", place=1)
    write(report([late, early]), file)
    assert read(file).results == [early, late]


def test_what_broke_off_is_read_as_far_as_it_goes_and_says_so(file: Path) -> None:
    """At any byte, inside a character too: a process may be killed while it writes."""
    write(report([ONE, replace(ONE, scenario="other", place=1, reason="é 🦀")]), file)
    whole = file.read_bytes()
    header, first, second = (len(line) + 1 for line in whole.split(b"\n")[:3])
    for end in range(header, len(whole)):
        file.write_bytes(whole[:end])
        found = read(file)
        kept = (end >= header + first) + (end >= header + first + second)
        assert len(found) == kept
        words = "incomplete: the run did not come to its end"
        assert found.doubts == [f"{words}; {kept} results were written before"]
        assert found.is_incomplete
    file.write_bytes(whole)
    assert (read(file).doubts, read(file).is_incomplete) == ([], False)


def test_each_result_is_on_the_disk_before_the_next_begins(file: Path) -> None:
    writer = Writer(file, HEADER)
    assert read(file).results == []
    writer.add(ONE)
    assert read(file).results == [ONE]
    writer.close(None)


def test_a_footer_that_counts_another_number_is_believed_less_than_the_lines(file: Path) -> None:
    written = report([ONE])
    written.footer = {**(written.footer or {}), "runs": 2}
    write(written, file)
    assert read(file).doubts == ["incomplete: the footer counts 2 results, the file holds 1"]


def test_a_part_says_that_it_is_one() -> None:
    part = report([ONE], shard="2/5", narrowed=["--target one@*"])
    assert part.doubts == ["a part: shard 2/5", "a part: narrowed by --target one@*"]
    assert not part.is_incomplete


HEADER_LINE = json.dumps({"kind": "header", "schema": 1, **HEADER}).encode() + b"\n"
FOOTER_LINE = json.dumps({"kind": "footer", **(report([]).footer or {})}).encode() + b"\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not a results file: it has no header"),
        (FOOTER_LINE, "not a results file: it has no header"),
        (b'{"kind": "header", "schema": 2}\n', "version 2 of the results format; this suite reads version 1"),
        (b'{"kind": "header", "schema": 1}\n', "line 1: a header without suite, started"),
        (HEADER_LINE + b'{"kind": "result"\n', "line 2 is not JSON: Expecting"),
        (HEADER_LINE + b"\xff\n", "line 2 is not JSON: 'utf-8' codec"),
        (HEADER_LINE + b"[]\n", "line 2 is not a header, a result or a footer"),
        (HEADER_LINE + b'{"kind": "other"}\n', "line 2 is not a header, a result or a footer"),
        (HEADER_LINE + b'{"kind": "result"}\n', "line 2: a result without backend, target"),
        (HEADER_LINE + b'{"kind": "footer"}\n', "line 2: a footer without runs, counts"),
    ],
    ids=[
        *("empty", "no header", "another version", "old header"),
        *("no JSON", "no UTF-8", "no object", "unknown kind", "old result", "old footer"),
    ],
)
def test_an_unreadable_file_is_reported_by_path_and_line(file: Path, text: bytes, message: str) -> None:
    file.write_bytes(text)
    with pytest.raises(ResultsError, match=message) as raised:
        read(file)
    assert str(raised.value).startswith(f"{file}: ")


def test_an_unknown_outcome_is_reported(file: Path) -> None:
    """A later version may know more outcomes."""
    write(report([ONE]), file)
    file.write_text(file.read_text("utf-8").replace('"outcome": "passed"', '"outcome": "perfect"'), "utf-8")
    with pytest.raises(ResultsError, match="tools/call: 'perfect' is not a valid Outcome"):
        read(file)


def test_results_are_counted_and_walked_in_order() -> None:
    one, two = replace(ONE, played=1, live=1), replace(ONE, scenario="other", played=2, live=1)
    results = Report(results=[one, two])
    assert (list(results), len(results)) == ([one, two], 2)
    assert [results.total(count) for count in ("played", "unplayed", "live")] == [3, 0, 2]
    assert (one.label, one.id, one.title) == ("one@x", "tools/call", "one@x tools/call")
