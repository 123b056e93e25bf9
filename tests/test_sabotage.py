"""Saboteurs are well formed, who is right is not caught, and who escapes ends a run badly.

No scenarios: here it is the suite that is wrong, or asked about itself.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from project import REPOSITORY, Project

from conformance.report.file import read
from conformance.report.results import Fault, Outcome, Result, Source
from conformance.sabotage import SABOTEURS, Saboteur
from conformance.sabotage.gate import CHANGES
from conformance.sabotage.run import Run
from conformance.sabotage.targets import NOBODY

STRICT = """
from conformance.dialogue import text

def test_text(interview):
    interview.answers(text.GREETING)
"""
LAX = """
from conformance.dialogue import text

def test_text(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    assert llm.invoke(text.GREETING.messages).content == text.GREETING.answer.text
"""
WHO = "never_says_why_it_ended"
RUN = f"""
import sys
from conformance.sabotage.run import sabotage
sys.exit(sabotage("openai@engine", "{WHO}", scenarios="."))
"""


def bound(folder: Path, scenario: str) -> Project:
    project = Project(folder)
    project.write("test_invoke.py", scenario)
    if scenario is STRICT:
        project.recording("invoke/text")
    return project


def a_result(backend: str, outcome: Outcome, scenario: str = "text") -> Result:
    return Result(
        backend, "engine", "invoke", scenario, Source.RECORDING, outcome, "", f"{backend}/{scenario}"
    )


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [*(each.name for each in SABOTEURS), *(each.name for each in CHANGES)]
    assert len(set(names)) == len(names)
    assert len(SABOTEURS) >= 60


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=[each.name for each in SABOTEURS])
def test_each_breaks_a_law_that_a_scenario_states(saboteur: Saboteur) -> None:
    group, _, name = saboteur.caught_by.partition("/")
    scenario = getattr(importlib.import_module(f"conformance.scenarios.test_{group}"), f"test_{name}")
    assert scenario.__doc__
    assert saboteur.law.endswith(".")
    assert "\n" not in saboteur.law


def test_who_changes_nothing_is_not_caught(tmp_path: Path) -> None:
    """Over the groups in which wrapping alone could break something: connections, threads, loading."""
    groups = [f"conformance/scenarios/test_{group}.py" for group in ("stream", "lifecycle")]
    plugin = ["-p", "conformance.plugin", "-p", "conformance.sabotage.plugin", "--sabotage", "openai@engine"]
    results = tmp_path / "results.jsonl"

    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *groups, *plugin),
            *("--saboteurs", "nobody else", "--results", str(results)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=120,
        check=True,
    )

    asked = read(results).results
    assert {each.backend for each in asked} == {NOBODY}
    assert {each.outcome for each in asked} == {Outcome.PASSED}
    assert len(asked) > 20


def test_who_is_caught_is_shown_with_the_scenario(tmp_path: Path) -> None:
    run = bound(tmp_path, STRICT).pytest(script=RUN)

    assert run.status == 0, run.output
    assert "1 of 1 saboteurs caught" in run.output
    assert "1 law" in run.output
    assert "invoke/text" in run.output
    assert "0 scenarios failed on right backends: nobody@engine" in run.output


def test_who_escapes_is_named_and_ends_the_run_badly(tmp_path: Path) -> None:
    run = bound(tmp_path, LAX).pytest(script=RUN)

    assert run.status == 1
    assert f"escaped: {WHO}: invoke/text must notice that: An answer says why it ended." in run.output


def test_every_changed_request_is_a_miss(tmp_path: Path) -> None:
    plugin = ["-p", "conformance.plugin", "-p", "conformance.sabotage.plugin", "--sabotage", "openai@engine"]
    run = bound(tmp_path, STRICT).pytest(*plugin, "--right", "--saboteurs", "nobody else")

    outcomes = {each.backend: each.outcome for each in run.results}
    assert outcomes["openai"] is outcomes[NOBODY] is Outcome.PASSED
    assert outcomes["another_last_text"] is outcomes["no_key"] is outcomes["another_path"] is Outcome.FAILED
    assert outcomes["no_tools"] is Outcome.PASSED, "there was nothing to change"


def test_a_scenario_that_names_the_law_must_notice_itself() -> None:
    """That another scenario failed is no proof that somebody watches the law."""
    saboteur = SABOTEURS[0]
    group, _, name = saboteur.caught_by.partition("/")
    named = Result(
        saboteur.name, "engine", group, f"{name}-1", Source.RECORDING, Outcome.PASSED, "", "a", Fault.LAW
    )
    other = a_result(saboteur.name, Outcome.FAILED)

    assert Run(1, "", [named, other]).caught(saboteur).escaped
    assert not Run(1, "", [other]).caught(saboteur).escaped, "it is not asked of every target"


def test_a_change_that_is_not_noticed_is_counted() -> None:
    results = [a_result("no_key", Outcome.PASSED), a_result("no_key", Outcome.FAILED, "memory")]
    run = Run(0, "", results, {"no_key/text", "no_key/memory"})

    assert [each.rerun for each in run.missed] == ["no_key/text"]


def test_a_right_backend_that_is_caught_is_counted() -> None:
    assert Run(1, "", [a_result("openai", Outcome.FAILED), a_result(WHO, Outcome.FAILED)]).wronged == [
        a_result("openai", Outcome.FAILED)
    ]
