"""Mutants are killed, correct backends pass, and a mutant that survives fails the run.

No scenarios: here the suite itself is under test.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.commands.mutation import MUTANTS, Mutant
from conformance.commands.mutation.request_mutations import REQUEST_MUTATIONS
from conformance.commands.mutation.run import Run, run_mutants
from conformance.commands.mutation.targets import CONTROL
from conformance.report.file import read
from conformance.report.results import Fault, Outcome, Result, Source
from tests.support.project import PATIENCE, REPOSITORY, Project

STRICT = """
from conformance.spec.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)
"""
LAX = """
from conformance.spec.dialogue import text

def test_text(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    assert llm.invoke(text.GREETING.messages).content == text.GREETING.answer.text
"""
HANGING = """
import time
from pathlib import Path

import pytest

@pytest.fixture
def first(target):
    yield
    Path(f"{target.backend}.ended").touch()

@pytest.fixture
def hanging(first, target):
    yield
    if target.backend != "control":
        time.sleep(60)

def test_text(hanging):
    pass
"""
NAME = "gives_no_finish_reason"
PLUGINS = [
    "-p",
    "conformance.plugin",
    "-p",
    "conformance.commands.mutation.plugin",
    "--mutate",
    "openai@engine",
]
RUN = f"""
import sys
from conformance.commands.mutation.run import run_mutants
sys.exit(run_mutants("openai@engine", "{NAME}", scenarios="."))
"""


def project_with(folder: Path, scenario: str) -> Project:
    project = Project(folder)
    project.write("test_invoke.py", scenario)
    if scenario is STRICT:
        project.recording("invoke/text")
    return project


def a_result(backend: str, outcome: Outcome, scenario: str = "text") -> Result:
    return Result(
        backend, "engine", "invoke", scenario, Source.RECORDING, outcome, "", f"{backend}/{scenario}"
    )


def test_every_mutant_and_change_has_a_name_of_its_own() -> None:
    names = [*(each.name for each in MUTANTS), *REQUEST_MUTATIONS]
    assert len(set(names)) == len(names)
    assert len(MUTANTS) > 150, "all themes are imported"


@pytest.mark.parametrize("mutant", MUTANTS, ids=[each.name for each in MUTANTS])
def test_every_mutant_breaks_a_law_that_a_scenario_states(mutant: Mutant) -> None:
    group, _, name = mutant.killed_by.partition("/")
    scenario = getattr(importlib.import_module(f"conformance.scenarios.test_{group}"), f"test_{name}")
    assert scenario.__doc__


def test_the_control_survives(tmp_path: Path) -> None:
    """In the groups in which wrapping alone could break something: connections, threads, loading."""
    groups = [f"conformance/scenarios/test_{group}.py" for group in ("stream", "lifecycle")]
    results = tmp_path / "results.jsonl"

    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *groups, *PLUGINS),
            *("--mutants", "none of them", "--results", str(results)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )

    found = read(results).results
    assert {each.backend for each in found} == {CONTROL}
    assert {each.outcome for each in found} == {Outcome.PASSED}
    assert len(found) > 20


def test_a_killed_mutant_is_shown_with_the_scenario_that_failed(tmp_path: Path) -> None:
    run = project_with(tmp_path, STRICT).pytest(script=RUN)

    assert run.status == 0, run.output
    assert "1 of 1 mutant killed" in run.output
    assert "1 law" in run.output
    assert "invoke/text" in run.output
    assert "0 runs failed on correct backends: control@engine" in run.output


def test_a_surviving_mutant_is_named_and_fails_the_run(tmp_path: Path) -> None:
    run = project_with(tmp_path, LAX).pytest(script=RUN)

    assert run.status == 1
    assert f"survived: {NAME}: invoke/text should fail" in run.output


def test_a_changed_request_misses_its_recording(tmp_path: Path) -> None:
    run = project_with(tmp_path, STRICT).pytest(*PLUGINS, "--correct", "--mutants", "none of them")

    outcomes = {each.backend: each.outcome for each in run.results}
    assert outcomes["openai"] is outcomes[CONTROL] is Outcome.PASSED
    assert outcomes["another_last_text"] is outcomes["no_key"] is outcomes["another_path"] is Outcome.FAILED
    assert outcomes["no_tools"] is Outcome.PASSED, "there was nothing to change"


def test_after_a_mutant_that_hangs_in_a_teardown_the_other_fixtures_are_torn_down(tmp_path: Path) -> None:
    run = project_with(tmp_path, HANGING).pytest(*PLUGINS, "--mutants", NAME)

    reasons = {each.backend: each.reason for each in run.results}
    assert reasons[CONTROL] == ""
    assert "the mutant took more than 5 s" in reasons[NAME]
    assert {path.stem for path in tmp_path.glob("*.ended")} == {CONTROL, NAME}


def test_the_scenario_that_states_the_law_must_fail_itself() -> None:
    """A failure of another scenario does not prove that the law is checked."""
    mutant = next(each for each in MUTANTS if each.name == "drops_the_last_delta")
    group, _, name = mutant.killed_by.partition("/")
    named = Result(
        mutant.name, "engine", group, f"{name}-1", Source.RECORDING, Outcome.PASSED, "", "a", Fault.LAW
    )
    other = a_result(mutant.name, Outcome.FAILED)

    assert Run(1, "", [named, other]).verdict(mutant).survived
    assert not Run(1, "", [other]).verdict(mutant).survived, "the scenario is not run on every target"


def test_a_changed_request_that_fails_nothing_is_counted() -> None:
    results = [a_result("no_key", Outcome.PASSED), a_result("no_key", Outcome.FAILED, "memory")]
    run = Run(0, "", results, {"no_key/text", "no_key/memory"})

    assert [each.rerun for each in run.surviving_requests] == ["no_key/text"]


def test_a_failure_of_a_correct_backend_is_counted() -> None:
    assert Run(1, "", [a_result("openai", Outcome.FAILED), a_result(NAME, Outcome.FAILED)]).false_alarms == [
        a_result("openai", Outcome.FAILED)
    ]


def test_a_pattern_that_matches_no_mutant_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_mutants("openai@engine", "leeks_*") == pytest.ExitCode.USAGE_ERROR
    assert capsys.readouterr().out == "no mutant is called leeks_*\n"


def test_the_command_still_answers_to_its_old_name(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sabotage", "--only", "leeks_*"]) == pytest.ExitCode.USAGE_ERROR
    assert capfd.readouterr().err == "warning: 'conformance sabotage' is now called 'conformance mutants'\n"
