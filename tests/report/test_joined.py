"""Reports combined into one, and compared with an older one.

Unit tests of functions over results; that the commands use them is tested at the end.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cli import main
from conformance.commands.compare.difference import difference
from conformance.report.combine import CombineError, combined
from conformance.report.doubts import Doubt, DoubtKind
from conformance.report.file import read, write
from conformance.report.results import Report
from tests.report.reports import Outcome, report, result


def shard(number: int, of: int = 2, status: int = 0) -> Report:
    """A shard with one scenario, whose place is that of the shard."""
    return report(result("one@x", f"tools/{number}", index=number), shard=f"{number}/{of}", status=status)


def mistakes(*reports: tuple[str, Report]) -> list[str]:
    with pytest.raises(CombineError) as raised:
        combined(reports)
    return str(raised.value).split("\n")


def test_all_shards_make_the_whole_run_in_its_order() -> None:
    whole = combined([("b", shard(2, status=1)), ("a", shard(1))])
    assert [each.id for each in whole] == ["tools/1", "tools/2"]
    assert whole.footer is not None
    assert (whole.footer["runs"], whole.footer["exit_status"]) == (2, 1), "the worst status"
    assert whole.doubts == []


def test_a_missing_shard_is_named() -> None:
    assert mistakes(("a", shard(1, 3)), ("c", shard(3, 3))) == ["shard 2/3 is missing"]


def test_a_duplicate_shard_is_named() -> None:
    found = mistakes(("a", shard(1)), ("b", shard(2)), ("again", shard(2)))
    assert found == ["shard 2/2 is given 2 times", "one@x tools/2 is in b and in again"]


def test_an_interrupted_run_is_not_combined() -> None:
    broken = report(result("one@x", "tools/a"))
    broken.footer = None
    [mistake] = mistakes(("a", broken), ("b", report(result("two@x", "tools/a"))))
    assert mistake == "a: incomplete: the run was interrupted; results written: 1"


def test_a_run_with_parts_switched_off_is_not_combined() -> None:
    part = report(result("one@x", "tools/a"), switched_off=["one@x tools/b: gone"])
    [mistake] = mistakes(("a", part), ("b", report(result("two@x", "tools/a"))))
    assert mistake == "a: incomplete: parts of the suite were switched off: 1, the first: one@x tools/b: gone"


def test_the_first_duplicate_results_are_named_and_the_rest_counted() -> None:
    many = [result("one@x", f"tools/{number}") for number in range(7)]
    found = mistakes(("a", report(*many)), ("b", report(*many)))
    assert found[0] == "one@x tools/0 is in a and in b"
    assert (len(found), found[-1]) == (6, "and 2 more duplicates")


def test_the_backends_of_another_repository_get_columns_of_their_own() -> None:
    backend = {"backend": "one", "target": "x"}
    ours = report(result("one@x", "tools/a"), backends=[backend], narrowed=["-k a"])
    theirs = report(
        result("two@y", "tools/a"),
        backends=[{"backend": "two", "target": "y"}],
        sdks={"openai": "3.1.0"},
        started="2026-01-01T00:00:00Z",
    )
    whole = combined([("a", ours), ("b", theirs)])
    assert list(whole.columns()) == ["one@x", "two@y"]
    assert whole.header["backends"] == [backend, {"backend": "two", "target": "y"}]
    assert whole.header["sdks"] == {"openai": "2.54.0, 3.1.0"}
    assert whole.header["started"] == "2026-01-01T00:00:00Z"
    assert whole.doubts == [Doubt(DoubtKind.PARTIAL, "narrowed by -k a")], (
        "a combined partial run is still partial"
    )


def test_orphans_are_unknown_if_one_run_did_not_look_for_them() -> None:
    one, other = report(result("one@x", "tools/a")), report(result("two@x", "tools/a"))
    assert combined([("a", one), ("b", other)]).orphans == []
    other.orphans = None
    assert combined([("a", one), ("b", other)]).orphans is None


ORDER = [
    Outcome.PASSED,
    Outcome.UNSUPPORTED,
    Outcome.KNOWN_GAP,
    Outcome.UNMEASURED,
    Outcome.FAILED,
    Outcome.ERRORED,
]


@pytest.mark.parametrize("before", ORDER)
@pytest.mark.parametrize("after", ORDER)
def test_a_change_of_outcome_is_better_or_worse(before: Outcome, after: Outcome) -> None:
    old, new = (report(result("one@x", "tools/a", outcome)) for outcome in (before, after))
    found = difference(old, new)
    step = ORDER.index(after) - ORDER.index(before)
    assert (len(found.worse), len(found.better)) == (step > 0, step < 0)
    assert found.regressed == (step > 0)


def test_a_new_failure_is_a_regression_and_a_new_pass_is_not() -> None:
    old = report()
    assert not difference(old, report(result("one@x", "tools/a"))).regressed
    assert not difference(old, report(result("one@x", "tools/a", Outcome.KNOWN_GAP))).regressed
    assert difference(old, report(result("one@x", "tools/a", Outcome.ERRORED))).regressed


def test_a_difference_lists_what_got_worse_first_with_its_reason() -> None:
    old = report(
        result("one@x", "tools/a"), result("one@x", "tools/b", Outcome.FAILED), result("two@x", "u/c")
    )
    new = report(
        result("one@x", "tools/b"),
        result("one@x", "tools/a", Outcome.FAILED, reason="assert 1 == 2"),
        result("one@x", "tools/d", Outcome.FAILED, reason="assert 3 == 4"),
        result("one@x", "tools/e"),
    )
    assert list(difference(old, new).lines()) == [
        "worse: one@x tools/a: passed is now failed: assert 1 == 2",
        "better: one@x tools/b: failed is now passed",
        "new: one@x tools/d: failed: assert 3 == 4",
        "gone: two@x u/c: was passed",
        "1 worse, 1 better, 2 new, 1 gone, 0 with changed requests",
    ]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A run, and a later one in which its only scenario fails."""
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    write(report(result("one@x", "tools/a")), old)
    write(report(result("one@x", "tools/a", Outcome.FAILED), status=1), new)
    return old, new


def test_diff_exits_with_1_only_for_a_regression(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = map(str, files)
    assert [main(["diff", *pair]) for pair in ((old, new), (new, old), (old, old))] == [1, 0, 0]
    assert "worse: one@x tools/a: passed is now failed" in capsys.readouterr().out


def test_diff_refuses_an_interrupted_run(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = files
    new.write_bytes(b"\n".join(old.read_bytes().split(b"\n")[:2]) + b"\n")
    assert main(["diff", str(old), str(new)]) == 2
    assert f"{new}: incomplete: the run was interrupted" in capsys.readouterr().out


def test_combine_writes_one_file_and_shows_its_matrix(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, whole = tmp_path / "other.jsonl", tmp_path / "all.jsonl"
    write(report(result("two@y", "tools/a")), other)
    assert main(["combine", str(files[1]), str(other), "-o", str(whole)]) == 1, "the status of the worst run"
    assert [each.label for each in read(whole)] == ["one@x", "two@y"]
    shown = capsys.readouterr().out
    assert "2 backends, 2 targets, 1 scenario, 1 case\n2 runs" in shown
    assert "e.g. one@x tools/a" in shown


def test_combine_writes_nothing_if_the_reports_do_not_fit(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "all.jsonl"
    assert main(["combine", *map(str, files), "-o", str(whole)]) == 2
    assert f"one@x tools/a is in {files[0]} and in {files[1]}" in capsys.readouterr().out
    assert not whole.exists()


@pytest.mark.parametrize("command", ["diff", "combine", "report"])
def test_a_file_without_results_is_reported(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text("{}\n", "utf-8")
    arguments = {
        "diff": [str(wrong), str(wrong)],
        "combine": [str(wrong), "-o", str(tmp_path / "all.jsonl")],
        "report": ["--results", str(wrong), "-o", str(tmp_path / "report")],
    }[command]
    assert main([command, *arguments]) == 2
    assert f"{wrong}: " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["combine", "report"])
def test_an_output_that_cannot_be_written_is_reported(
    command: str, files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    if command == "combine":
        taken.mkdir()
        arguments = [str(files[0])]
    else:
        taken.touch()
        arguments = ["--results", str(files[0])]
    assert main([command, *arguments, "-o", str(taken)]) == 2
    assert f"'{taken}" in capsys.readouterr().out
