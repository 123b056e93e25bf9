"""Known gaps of a server: declared with a link, strict, and no excuse for anything else.

No recording tests: the servers are scripts that are wrong on purpose.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.judging.judge import Outcome
from conformance.judging.judgement import GapsError, Judgement, read_gaps
from conformance.report.file import read
from conformance.report.results import Fault
from conformance.report.results import Outcome as Reported
from tests.judging.command import run
from tests.judging.judging import judgement
from tests.judging.right_server import RightServer
from tests.judging.wrong_forms import EveryKeyIsRight
from tests.judging.wrong_servers import MaxTokensIsIgnored

LINK = "https://example.org/issues/7"
WHOLE = "limits/max_tokens_cuts_an_answer"
CASES = tuple(f"{WHOLE}-{limit}" for limit in (1, 4, 9))


def judged(server: RightServer, *gaps: str, laws: str = f"{WHOLE}*") -> Judgement:
    return judgement(server, laws, gaps=dict.fromkeys(gaps, f"known: {LINK}"))


def outcomes(judged: Judgement) -> dict[str, Outcome]:
    return {each.law.id: each.outcome for each in judged.verdicts}


def test_a_law_that_is_broken_as_declared_is_a_known_gap() -> None:
    found = judged(MaxTokensIsIgnored(), WHOLE, laws="limits/*_answer*")
    assert {name: outcomes(found)[name] for name in CASES} == dict.fromkeys(CASES, Outcome.KNOWN_GAP)
    assert found.status == 0
    [shown] = [line for line in found.lines() if line.startswith("known gap: ")]
    assert shown.startswith(f"known gap: {CASES[0]},")
    assert LINK in " ".join(found.lines())


def test_a_declared_case_excuses_no_other() -> None:
    found = judged(MaxTokensIsIgnored(), CASES[0])
    assert [*outcomes(found).values()] == [Outcome.KNOWN_GAP, Outcome.BROKEN, Outcome.BROKEN]
    assert found.status == 1


@pytest.mark.parametrize("gap", [WHOLE, CASES[1]])
def test_a_gap_that_has_closed_is_told_and_fails(gap: str) -> None:
    found = judged(RightServer(), gap)
    closed = {name: outcome for name, outcome in outcomes(found).items() if name.startswith(gap)}
    assert set(closed.values()) == {Outcome.CLOSED_GAP}
    assert found.status == 1
    words = " ".join(" ".join(found.lines()).split())
    assert f"declared as a known gap: known: {LINK}; delete the declaration of {gap}" in words
    assert {each.fault for each in found.results() if each.id in closed} == {Fault.CLOSED_GAP}


def test_a_gap_of_which_one_case_is_still_broken_has_not_closed() -> None:
    """Of the cases that are no gap any more nothing is said: the law is still broken."""
    law = "refusals/a_bad_request_is_refused"
    found = judged(EveryKeyIsRight(), law, laws=f"{law}*")
    counts = [*outcomes(found).values()]
    assert (counts.count(Outcome.KNOWN_GAP), counts.count(Outcome.CLOSED_GAP)) == (2, 0)
    assert counts.count(Outcome.HELD) == len(counts) - 2


def test_a_gap_of_a_capability_that_is_not_declared_does_not_count() -> None:
    closed = judgement(RightServer(), "tools/*", declared=(), gaps={"tools/a_call_has_an_id": LINK})
    assert closed.status == 0


def test_the_results_have_the_link() -> None:
    results = judged(MaxTokensIsIgnored(), WHOLE).results()
    assert {(each.outcome, each.link) for each in results} == {(Reported.KNOWN_GAP, LINK)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'"limits/max_token_cuts_an_answer" = "x {LINK}"', f"did you mean {WHOLE}?"),
        (f'"{WHOLE}" = "no link"', f"the known gap {WHOLE} needs a reason with a link"),
        (f'["{WHOLE}"]\nreason = "x {LINK}"', "needs a reason with a link"),
        ("limits", "gaps.toml cannot be read: "),
    ],
)
def test_a_declaration_that_cannot_be_used_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    file = tmp_path / "gaps.toml"
    file.write_text(text, "utf-8")
    shown = run(capsys, RightServer(), "--law", "limits", "--gaps", str(file))
    assert shown.status == 2
    assert words in shown.output


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GapsError, match="cannot be read"):
        read_gaps(tmp_path / "nothing.toml")


def test_the_command_reads_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gaps.toml"
    file.write_text(
        f'"{WHOLE}" = "ignored: {LINK}"\n"limits/max_tokens_cuts_a_stream" = "too: {LINK}"', "utf-8"
    )
    results = tmp_path / "results.jsonl"
    chosen = ("--law", "limits", "--gaps", str(file), "--results", str(results))
    shown = run(capsys, MaxTokensIsIgnored(), *chosen)
    assert shown.status == 0
    assert [each.link for each in read(results) if each.outcome is Reported.KNOWN_GAP] == [LINK] * 6
    assert shown.lines[-1].endswith("4 of 10 laws held (40%), 6 known gap")
    assert max(map(len, shown.lines)) <= 80
