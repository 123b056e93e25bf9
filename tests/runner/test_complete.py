"""Complete runs in one process, by workers here and elsewhere, and in shards; only they find orphaned files.

The project has a scenario in each group of the suite, so that its runs are complete, and two backends, so
that two workers share them. No recording tests: no scenario can ask for an orphan.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from conformance.report.combine import combined
from conformance.report.file import read
from conformance.report.results import Outcome, Report
from conformance.runner.results.inventory import SCENARIO_FILES
from tests.report.reports import timeless
from tests.support.gateway import gateway
from tests.support.project import LABEL, PLAIN, Project, Run

SCRIPTED = """
def test_scripted(target):
    pass
"""

RECORDED = """
import pytest
from conformance.spec.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)

def test_gap(target):
    assert False

@pytest.mark.level(2)
def test_new(target):
    pass
"""

TWIN = f"""
[tool.conformance.backends.openai.targets.engine.gaps]
"invoke/gap" = "it cannot, https://example.org/1"

[tool.conformance.backends.twin]
class = "{PLAIN}"
level = 1

[tool.conformance.backends.twin.targets.engine]
model = "tiny"
dialect = "openai"
gaps = {{ "invoke/gap" = "it cannot, https://example.org/1" }}
"""

ORPHANS = ["openai/engine/invoke/gone.json", "openai/engine/invoke/gone.yaml", "openai/old/invoke/text.yaml"]


@dataclass(frozen=True)
class Runs:
    """The same project, run in four ways."""

    project: Project
    serial: Run
    parallel: Run
    gateways: Run
    whole: Report
    shards: list[Report]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("complete"))
    project.append("pyproject.toml", TWIN)
    for stem in SCENARIO_FILES - {"test_invoke"}:
        project.write(f"{stem}.py", SCRIPTED)
    project.write("test_invoke.py", RECORDED)
    project.write("inner/conftest.py", "")
    project.write("inner/test_inner.py", "def test_inner():\n    pass\n")
    project.recording("invoke/text")
    shutil.copytree(project.cassettes / "openai", project.cassettes / "twin")
    return project


@pytest.fixture(scope="module")
def clean(project: Project) -> Run:
    return project.inline()


@pytest.fixture(scope="module")
def runs(project: Project, clean: Run) -> Runs:
    """The project once more, with three files that no scenario owns."""
    assert clean.results
    project.recording("invoke/gone")
    old = project.cassettes / ORPHANS[2]
    old.parent.mkdir(parents=True)
    old.touch()
    serial, whole = project.inline("--matrix"), read(project.folder / "results.jsonl")
    shards = []
    for number in range(1, 6):
        project.inline("--shard", f"{number}/5")
        shards.append(read(project.folder / "results.jsonl"))
    parallel = project.inline("--matrix", "-n", "2")
    return Runs(project, serial, parallel, over_gateways(project), whole, shards)


def over_gateways(project: Project) -> Run:
    """Two workers on what are other machines to them, in folders of their own."""
    results = project.folder / "results.jsonl"
    one, other = (project.folder.with_name(f"machine{number}") for number in (1, 2))
    with gateway(project, one) as first, gateway(project, other) as second:
        # In one word: xdist takes a word that is a path for one that the other machine must have.
        options = ("-p", "no:cacheprovider", "-q", "--matrix", f"--results={results}")
        workers = ("-d", "--tx", first, "--tx", second, "--max-worker-restart=0")
        run = project.run("-m", "pytest", *options, *workers)
    return Run(run.status, run.output, read(results).results)


def closing(run: Run) -> list[str]:
    """The lines of the suite, from the matrix to the end."""
    lines = [line.rstrip() for line in run.output.splitlines()]
    begin = next(number for number, line in enumerate(lines) if line.split()[:2] == ["target", "passed"])
    end = next(number for number, line in enumerate(lines) if line.startswith("live connections"))
    return lines[begin : end + 1]


def test_a_run_without_orphans_passes_and_says_so(clean: Run) -> None:
    assert clean.status == pytest.ExitCode.OK, clean.output
    assert clean.output.count("orphaned: 0") == 1


def test_a_folder_with_its_own_conftest_is_collected(clean: Run) -> None:
    """pytest then hashes its plugins, and a dataclass would have no hash."""
    assert "INTERNALERROR" not in clean.output
    assert "2 xfailed" in clean.output


@pytest.mark.parametrize("way", ["serial", "parallel", "gateways"])
def test_files_that_no_scenario_owns_fail_the_run_and_are_named(runs: Runs, way: str) -> None:
    run: Run = getattr(runs, way)
    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert Outcome.FAILED not in {result.outcome for result in run.results}
    told = [line for line in run.output.splitlines() if line.startswith("orphaned:")]
    assert told == [
        f"orphaned: {runs.project.cassettes / name} belongs to no scenario: delete it" for name in ORPHANS
    ]
    assert "orphaned: 3" in run.output


def test_a_run_of_all_recordings_looks_for_orphans_too(runs: Runs) -> None:
    """The scenarios that --only-recorded leaves out own no recordings."""
    run = runs.project.inline("--only-recorded")
    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert [result.id for result in run.results] == ["invoke/text"] * 2
    assert "orphaned: 3" in run.output


def test_no_file_is_deleted(runs: Runs) -> None:
    owned = {
        f"{backend}/engine/invoke/text.{kind}" for backend in ("openai", "twin") for kind in ("yaml", "json")
    }
    assert set(runs.project.files()) == {*ORPHANS, *owned}


@pytest.mark.parametrize(
    "narrowing",
    [
        ("-k", "openai"),
        ("--scenario", "*/*t*"),
        (f"test_invoke.py::test_text[{LABEL}]", *(f"{stem}.py" for stem in SCENARIO_FILES - {"test_invoke"})),
    ],
    ids=["-k", "--scenario", "node id"],
)
def test_a_narrowed_run_does_not_look_for_orphans(runs: Runs, narrowing: tuple[str, ...]) -> None:
    """Also where every group keeps a scenario: recordings of the others are no orphans."""
    run = runs.project.inline(*narrowing)
    assert run.status == pytest.ExitCode.OK
    assert "orphaned: not checked" in run.output
    assert "belongs to no scenario" not in run.output
    assert {f"test_{result.group}" for result in run.results} == SCENARIO_FILES


@pytest.mark.parametrize(
    "asking",
    [("--backend", PLAIN, "--backend-dialect", "mistral"), ("--live", "http://127.0.0.1:9")],
    ids=["named backend", "live server"],
)
def test_a_run_that_owns_no_recordings_does_not_look_for_orphans(runs: Runs, asking: tuple[str, ...]) -> None:
    """Who obeyed the advice to delete them would delete every recording of the project."""
    run = runs.project.inline(*asking)
    assert run.results
    assert "orphaned: not checked" in run.output
    assert "belongs to no scenario" not in run.output


def test_collect_only_does_not_look_for_orphans(runs: Runs) -> None:
    """It would fail without a message, for without results there are no closing lines."""
    run = runs.project.inline("--collect-only")
    assert run.status == pytest.ExitCode.OK, run.output


@pytest.mark.parametrize("way", ["parallel", "gateways"])
def test_two_workers_report_the_same_results_in_the_same_order_as_one_process(runs: Runs, way: str) -> None:
    assert len(runs.serial.results) == 2 * (len(SCENARIO_FILES) + 1) + 1
    assert timeless(getattr(runs, way).results) == timeless(runs.serial.results)


@pytest.mark.parametrize("way", ["parallel", "gateways"])
def test_two_workers_print_the_same_closing_lines_as_one_process(runs: Runs, way: str) -> None:
    assert closing(getattr(runs, way)) == closing(runs.serial)
    assert closing(runs.serial)[-1].startswith("live connections: 0, interactions played: 4")


def test_a_backend_that_pins_a_level_is_not_asked_later_scenarios(runs: Runs) -> None:
    new = [result.label for result in runs.serial.results if result.scenario == "new"]
    assert new == ["openai@engine"]
    assert "twin@engine: level 1; 1 case of later levels did not run" in closing(runs.serial)


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
    names = ("runs", "counts", "complete", "orphans", "newer")
    assert {name: joined.footer[name] for name in names} == {name: runs.whole.footer[name] for name in names}
    assert not joined.doubts
