"""Five machines share a run: together they run every scenario once, and a missing one is an error.

No recording tests: a scenario does not know which machine asks it.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.report.combine import CombineError, combined
from conformance.report.file import read
from conformance.report.results import Report
from conformance.runner.options import shard
from conformance.runner.results.session import SCENARIO_FILES
from tests.support.project import Project

COUNT = 5

SCENARIOS = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_many(number, target):
    pass

def test_no_scenario():
    pass
"""

RECORDED = """
from conformance.spec.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)
"""


@dataclass(frozen=True)
class Runs:
    """The same project, run whole and in five shards."""

    whole: Report
    shards: list[Report]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    project = Project(tmp_path_factory.mktemp("shards"))
    for stem in SCENARIO_FILES - {"test_invoke"}:
        project.write(f"{stem}.py", SCENARIOS)
    project.write("test_invoke.py", RECORDED)
    project.recording("invoke/text")
    project.recording("invoke/gone")

    def run(*arguments: str) -> Report:
        project.inline(*arguments)
        return read(project.folder / "results.jsonl")

    whole = run()
    shards = [run("--shard", f"{number}/{COUNT}") for number in range(1, COUNT + 1)]
    return Runs(whole, shards)


def titles(report: Report) -> list[str]:
    return [result.title for result in report]


def test_the_shards_together_run_every_scenario_exactly_once(runs: Runs) -> None:
    asked = [title for each in runs.shards for title in titles(each)]
    assert len(asked) == len(set(asked))
    assert sorted(asked) == sorted(titles(runs.whole))
    assert all(runs.shards), "a shard has nothing to do"


def test_the_combined_shards_equal_the_whole_run_with_its_order_and_orphans(runs: Runs) -> None:
    joined = combined([(str(number), each) for number, each in enumerate(runs.shards)])
    assert titles(joined) == titles(runs.whole)
    assert joined.footer is not None
    assert runs.whole.footer is not None
    names = ("runs", "counts", "complete", "orphans")
    assert {name: joined.footer[name] for name in names} == {name: runs.whole.footer[name] for name in names}
    assert len(joined.orphans or ()) == 2
    assert not joined.doubts


def test_a_missing_shard_is_an_error(runs: Runs) -> None:
    parts = [(str(number), each) for number, each in enumerate(runs.shards) if number != 2]
    with pytest.raises(CombineError, match="shard 3/5 is missing"):
        combined(parts)


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "2/", "a/b", "-1/5", "1/0"])
def test_a_malformed_shard_is_refused(text: str) -> None:
    """A unit test: argparse makes a usage error of it."""
    with pytest.raises(ArgumentTypeError, match=f"{text!r} is not a shard: write 2/5 for the second of five"):
        shard(text)


@given(st.text(), st.integers(1, 9))
def test_each_scenario_has_one_shard(title: str, count: int) -> None:
    """A unit test, of any titles."""
    shards = [shard(f"{number}/{count}") for number in range(1, count + 1)]
    assert [each.has(title) for each in shards].count(True) == 1


def test_a_scenario_stays_in_its_shard_when_another_is_added() -> None:
    """A unit test: its shard follows from its title alone, on every machine and in every version."""
    shards = [shard(f"{number}/5") for number in range(1, 6)]
    assert [str(each) for each in shards if each.has("openai@engine invoke/text")] == ["5/5"]
