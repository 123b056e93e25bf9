"""Five machines share a run: together they run every scenario once, and a missing one is an error.

No recording tests: a scenario does not know which machine asks it.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.report import durations
from conformance.report.combine import CombineError, combined
from conformance.report.file import read, write
from conformance.report.results import Report
from conformance.runner.collection.shard import Division, shard
from conformance.runner.results.session import SCENARIO_FILES
from tests.support.project import PLAIN, Project

COUNT = 5

SCENARIOS = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_many(number, target):
    pass

def test_no_scenario():
    pass
"""

SLOW = [f"openai@engine stream/many-{number}" for number in range(3)]
"""Noted as slow, so that no machine runs two of them."""

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
    project.write("durations.json", json.dumps(dict.fromkeys(SLOW, 2.0)))

    def run(name: str, *arguments: str) -> Report:
        project.pytest(*arguments, name=name)
        return read(project.folder / f"{name}.jsonl")

    whole = run("whole")
    with ThreadPoolExecutor(COUNT) as machines:
        names = [f"{number}/{COUNT}" for number in range(1, COUNT + 1)]
        shards = list(machines.map(lambda name: run(name[0], "--shard", name), names))
    return Runs(whole, shards)


def titles(report: Report) -> list[str]:
    return [result.title for result in report]


def test_the_shards_together_run_every_scenario_exactly_once(runs: Runs) -> None:
    asked = [title for each in runs.shards for title in titles(each)]
    assert len(asked) == len(set(asked))
    assert sorted(asked) == sorted(titles(runs.whole))
    assert all(runs.shards), "a shard has nothing to do"


def test_slow_scenarios_are_spread_over_the_shards(runs: Runs) -> None:
    assert max(len(set(titles(each)) & set(SLOW)) for each in runs.shards) == 1


def test_shards_that_were_divided_by_different_durations_cannot_be_combined(runs: Runs) -> None:
    """With other durations on one machine, scenarios would run twice or not at all."""
    first = replace(runs.shards[0], header={**runs.shards[0].header, "divided": "0" * 12})
    parts = [(str(number), each) for number, each in enumerate([first, *runs.shards[1:]])]
    with pytest.raises(CombineError, match=r"divided by different durations\.json"):
        combined(parts)


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
def test_a_malformed_shard_is_a_usage_error(text: str, tmp_path: Path) -> None:
    run = Project(tmp_path).pytest(f"--shard={text}")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert f"{text!r} is no shard: say 2/5 for the second of five" in run.output


@given(
    st.dictionaries(st.text(max_size=3), st.floats(0.1, 100)),
    st.lists(st.text(max_size=3)),
    st.integers(1, 7),
)
def test_each_scenario_has_one_machine_and_slow_ones_are_spread_evenly(
    seconds: dict[str, float], others: list[str], count: int
) -> None:
    """A unit test, of any durations: the busiest machine has at most one scenario more than the idlest."""
    machines = [Division(shard(f"{number}/{count}"), seconds) for number in range(1, count + 1)]
    for title in {*seconds, *others}:
        assert [each.is_mine(title) for each in machines].count(True) == 1
    loads = [sum(seconds[title] for title in seconds if each.is_mine(title)) for each in machines]
    assert max(loads) - min(loads) <= max(seconds.values(), default=0) + 1e-6


def test_a_scenario_stays_in_its_shard_when_another_is_added() -> None:
    """A unit test: its shard follows from its title alone, on every machine and in every version."""
    machines = [Division(shard(f"{number}/5"), {}) for number in range(1, 6)]
    assert [str(each.shard) for each in machines if each.is_mine("openai@engine invoke/text")] == ["5/5"]


def test_balance_updates_the_durations_from_results(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durations of scenarios that did not run are kept; those of scenarios that are fast now are removed."""
    monkeypatch.chdir(tmp_path)
    part = runs.shards[0]
    slow, quick = part.results[:2]
    durations.write({quick.title: 3.0, "openai@engine gone/elsewhere": 4.0}, Path(durations.DURATIONS))
    part = replace(part, results=[replace(slow, seconds=1.26), replace(quick, seconds=0.01)])
    write(part, Path("results.jsonl"))
    assert main(["balance", "results.jsonl"]) == 0
    noted = durations.read(Path(durations.DURATIONS))
    assert noted == {slow.title: 1.3, "openai@engine gone/elsewhere": 4.0}


def test_unreadable_durations_are_a_usage_error(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("durations.json", "[]")
    run = project.pytest("--shard", "1/2")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "durations.json: not durations; write it again" in run.output


LEVELS = """
import pytest

def test_old(target):
    pass

@pytest.mark.level(2)
def test_new(target):
    pass
"""


def test_a_backend_that_pins_a_level_is_not_asked_later_scenarios(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.append(
        "pyproject.toml",
        f"""
        [tool.conformance.backends.pinned]
        class = "{PLAIN}"
        level = 1
        targets.engine = {{ model = "tiny", dialect = "openai" }}
        """,
    )
    project.write("test_words.py", LEVELS)
    for workers in ((), ("-n", "2")):
        run = project.pytest(*workers)
        asked = [result.title for result in run.results]
        assert asked == ["openai@engine words/old", "pinned@engine words/old", "openai@engine words/new"]
        assert "pinned@engine: level 1; 1 case of later levels did not run" in run.output
        assert "openai@engine: level" not in run.output
