"""The results file: whatever texts a result holds, what is written can be read.

Unit tests: no recording holds every possible text.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.report.doubts import Doubt, DoubtKind
from conformance.report.file import ResultsError, Writer, read, write
from conformance.report.results import RENAMED, SCHEMA, Result, Source, Violation, ViolationKind
from conformance.report.schema import schema
from tests.report.reports import HEADER, Outcome, report, result


def paired(text: str) -> str:
    """``text`` with each surrogate pair as one character: JSON cannot tell them apart."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


# A backend that cuts an emoji leaves half a surrogate pair, which st.text() alone excludes.
TEXT = st.text(st.characters(exclude_categories=[]) | st.sampled_from('\u2028\u2029\x85\r\n\x00"\\\ud83e'))
TEXT = TEXT.map(paired)
EMPTY_TRANSCRIPT = {
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
    violations=st.lists(st.builds(Violation, st.sampled_from(ViolationKind), TEXT), max_size=2).map(tuple),
    played=st.integers(min_value=0, max_value=2**53 - 1),
    bugs=st.lists(TEXT, max_size=2),
    transcript=st.none() | st.just(EMPTY_TRANSCRIPT),
)

ONE = result("one@x", "tools/call", rerun="test_x.py::test_y", bugs=[])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results") / "results.jsonl"


@settings(deadline=None)
@given(results=st.lists(RESULT, max_size=3))
@example(results=[replace(ONE, reason="half a crab: \ud83e")])
def test_what_is_written_is_read_one_line_per_result_as_the_schema_says(
    file: Path, results: list[Result]
) -> None:
    """By this reader and by any other that knows JSON and lines."""
    written = report(*results)
    write(written, file)
    assert read(file) == written
    lines = file.read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    header, *middle, footer = map(json.loads, lines)
    assert [line["reason"] for line in middle] == [result.reason for result in results]
    assert (header["kind"], footer["kind"], footer["runs"]) == ("header", "footer", len(results))
    for line in (header, *middle, footer):
        jsonschema.Draft202012Validator(schema()).validate(line)


def test_the_schema_is_valid_and_refuses_other_lines() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    footer = {"kind": "footer", **(report().footer or {})}
    validator.validate(footer)
    for wrong in ({}, {"kind": "result"}, {**footer, "runs": -1}, {**footer, "colour": "red"}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(wrong)


def test_texts_are_not_escaped_in_the_file(file: Path) -> None:
    write(report(replace(ONE, source=Source.SCRIPT, outcome=Outcome.KNOWN_GAP, reason="é 🦀")), file)
    assert '"reason": "é 🦀"' in file.read_text("utf-8")
    assert '"outcome": "known gap"' in file.read_text("utf-8")
    assert '"source": "script"' in file.read_text("utf-8")


def test_a_missing_folder_is_created(file: Path) -> None:
    """A run that took minutes must not end in a missing folder."""
    deep = file.parent / "report" / "today" / "results.jsonl"
    write(report(ONE), deep)
    assert read(deep).results == [ONE]


def test_results_are_read_in_the_order_of_one_process(file: Path) -> None:
    """The file has them in the order in which workers finished."""
    late, early = replace(ONE, index=2), replace(ONE, scenario="other", index=1)
    write(report(late, early), file)
    assert read(file).results == [early, late]


def test_an_interrupted_file_is_read_up_to_its_last_whole_line(file: Path) -> None:
    """At any byte, inside a character too: a process may be killed while it writes."""
    write(report(ONE, replace(ONE, scenario="other", index=1, reason="é 🦀")), file)
    whole = file.read_bytes()
    header, first, second = (len(line) + 1 for line in whole.split(b"\n")[:3])
    for end in range(header, len(whole)):
        file.write_bytes(whole[:end])
        found = read(file)
        kept = (end >= header + first) + (end >= header + first + second)
        assert len(found) == kept
        assert [str(each) for each in found.doubts] == [
            f"incomplete: the run was interrupted; results written: {kept}"
        ]
        assert found.is_incomplete
    file.write_bytes(whole)
    assert (read(file).doubts, read(file).is_incomplete) == ([], False)


def test_each_result_is_on_disk_as_soon_as_it_is_added(file: Path) -> None:
    writer = Writer(file, HEADER)
    assert read(file).results == []
    writer.add(ONE)
    assert read(file).results == [ONE]
    writer.close(None)


def test_a_footer_with_a_different_count_makes_the_run_incomplete(file: Path) -> None:
    written = report(ONE)
    written.footer = {**(written.footer or {}), "runs": 2}
    write(written, file)
    assert read(file).doubts == [Doubt(DoubtKind.INCOMPLETE, "the footer counts 2 results, the file has 1")]


def test_a_partial_run_says_so_and_is_not_incomplete() -> None:
    part = report(ONE, shard="2/5", narrowed=["--target one@*"])
    assert [str(each) for each in part.doubts] == [
        "partial run: shard 2/5",
        "partial run: narrowed by --target one@*",
    ]
    assert not part.is_incomplete


HEADER_LINE = json.dumps({"kind": "header", "schema": SCHEMA, **HEADER}).encode() + b"\n"
FOOTER_LINE = json.dumps({"kind": "footer", **(report().footer or {})}).encode() + b"\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "not a results file: it has no header"),
        (FOOTER_LINE, "not a results file: it has no header"),
        (b'{"kind": "header", "schema": 3}\n', "version 3 of the results format; this suite reads version 2"),
        (b'{"kind": "header", "schema": 2}\n', "line 1: a header without suite, started"),
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


def test_a_file_of_version_1_is_read_with_a_warning(file: Path) -> None:
    """Three fields of a result had other names."""
    write(report(ONE), file)
    old = file.read_text("utf-8").replace('"schema": 2', '"schema": 1')
    for name, renamed in RENAMED.items():
        old = old.replace(f'"{renamed}": ', f'"{name}": ')
    file.write_text(old, "utf-8")
    with pytest.warns(FutureWarning, match="version 1 of the results format; run the suite again"):
        assert read(file).results == [ONE]


def test_an_unknown_outcome_is_reported(file: Path) -> None:
    """A later version may know more outcomes."""
    write(report(ONE), file)
    file.write_text(file.read_text("utf-8").replace('"outcome": "passed"', '"outcome": "perfect"'), "utf-8")
    with pytest.raises(ResultsError, match="line 2: outcome: 'perfect' is not allowed"):
        read(file)
