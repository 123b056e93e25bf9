"""Known gaps and declared capabilities: a wrong declaration fails, whichever way it is wrong.

Runs of a scratch project. No recording tests: the suite's own gaps come and go with other people's bugs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.results import Fault, Outcome
from tests.support.project import LABEL, PLAIN, Project, Run

SCENARIOS = """
import pytest

def test_gap(target):
    assert False, "not yet"

def test_closed(target):
    assert True

def test_good(target):
    assert True

def test_skipped(target):
    pytest.skip("not here")
"""

REASON = "no calls in parallel, https://example.org/issues/1"

CAPABILITIES = """
import pytest
from conformance.spec import laws
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse

def error(kind):
    return LLMResponse().failed(LLMProviderError("no tools here", kind=kind))

@pytest.fixture
def material():
    "With it the answers are derived from recordings: for a script no declaration counts."

@pytest.mark.needs("tools")
def test_refused(target, material):
    laws.is_an_answer(error(ErrorKind.BAD_REQUEST))

@pytest.mark.needs("tools")
def test_broken(target, material):
    laws.is_an_answer(error(ErrorKind.SERVER))

@pytest.mark.needs("tools")
def test_able(target, material):
    laws.is_an_answer(LLMResponse(content="yes"))

@pytest.mark.needs("image")
def test_not_declared(target, material):
    laws.is_an_answer(error(ErrorKind.BAD_REQUEST))

@pytest.mark.parametrize("capability", ["tools", "image", "reasoning"])
def test_capability(capability, target, material, measured):
    measured({"tools": "yes", "image": "ignored", "reasoning": "refused"}[capability])
"""

DECLARED = f"""
capabilities = {{ tools = false, reasoning = false }}

[tool.conformance.backends.openai.targets.engine.gaps]
"group/gap" = "{REASON}"
"group/closed" = "{REASON}"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    project = Project(tmp_path_factory.mktemp("declared"))
    project.append("pyproject.toml", DECLARED)
    project.write("test_group.py", SCENARIOS)
    project.write("test_capabilities.py", CAPABILITIES)
    return project.inline("--matrix")


def test_a_known_gap_is_neither_passed_nor_failed(run: Run) -> None:
    result = run.result("group/gap")
    assert (result.outcome, result.reason) == (Outcome.KNOWN_GAP, REASON)


def test_the_matrix_counts_known_gaps_separately(run: Run) -> None:
    rows = [line.split() for line in run.output.splitlines()]
    head = next(row for row in rows if row[:2] == ["target", "passed"])
    counts = dict(zip(head, next(row for row in rows if row[:1] == [LABEL]), strict=False))
    assert (counts["of"], counts["gaps"]) == ("11", "1"), (head, counts)


def test_the_list_of_problems_names_a_known_gap_with_its_reason_and_link(run: Run) -> None:
    assert f"known gap: {LABEL} group/gap: {REASON}" in run.output.splitlines()


def test_a_gap_that_starts_to_pass_turns_the_run_red(run: Run) -> None:
    """Otherwise nobody would remove the gap, nor notice when the bug comes back."""
    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert "gap" not in run.words
    assert "XPASS(strict)" in run.words["closed"]
    result = run.result("group/closed")
    assert (result.outcome, result.fault) == (Outcome.FAILED, Fault.CLOSED_GAP)
    assert REASON in result.reason


def test_a_skipped_scenario_is_unmeasured_and_not_passed(run: Run) -> None:
    result = run.result("group/skipped")
    assert (result.outcome, result.reason) == (Outcome.UNMEASURED, "Skipped: not here")


def test_a_capability_that_is_declared_absent_and_refused_is_unsupported(run: Run) -> None:
    assert run.result("capabilities/refused").outcome is Outcome.UNSUPPORTED


def test_only_a_bad_request_counts_as_a_refusal(run: Run) -> None:
    assert run.result("capabilities/broken").outcome is Outcome.FAILED
    assert "no tools here" in run.words["broken"]


def test_a_capability_that_is_declared_absent_but_works_fails(run: Run) -> None:
    assert run.result("capabilities/able").outcome is Outcome.FAILED
    assert f"{LABEL} is declared not to support tools, but did not refuse it" in run.words["able"]


def test_without_a_declaration_a_refusal_fails(run: Run) -> None:
    assert run.result("capabilities/not_declared").outcome is Outcome.FAILED


def test_the_matrix_shows_measured_capabilities_and_flags_wrong_declarations(run: Run) -> None:
    lines = run.output.splitlines()
    title = next(number for number, line in enumerate(lines) if "measured capabilities" in line)
    head, row = (line.split() for line in lines[title + 2 : title + 6] if line.strip() and "──" not in line)
    assert head == ["backend@target", "tools", "image", "reasoning"]
    assert row == [LABEL, "yes", "!", "ignored", "refused", "="]


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["serial", "a worker"])
def test_a_gap_without_a_link_is_a_usage_error(tmp_path: Path, workers: tuple[str, ...]) -> None:
    project = Project(tmp_path)
    project.append("pyproject.toml", 'gaps = { "group/gap" = "it cannot" }\n')
    project.write("test_group.py", SCENARIOS)

    run = project.inline(*workers)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    table = "[tool.conformance.backends.openai.targets.engine]"
    message = "the known gap group/gap needs a link to its upstream bug"
    assert run.output.strip() == f"ERROR: {table}: {message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--live", "test_group.py"), "--live: test_group.py is not the URL of a server"),
        (
            ("--backend-model", "large", "--backend-accepts", "wrong_key"),
            "--backend-model and --backend-accepts need --backend",
        ),
        (
            ("--backend", PLAIN, "--live", "http://127.0.0.1:9"),
            "with --backend, name the server by --backend-url and not by --live",
        ),
    ],
    ids=["--live takes the path", "no --backend", "--live beside --backend"],
)
def test_options_that_would_be_ignored_are_a_usage_error(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    project = Project(tmp_path)
    project.write("test_group.py", SCENARIOS)

    run = project.inline(*options)

    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert message in run.output


def test_without_any_backend_only_tests_that_ask_for_a_target_fail(tmp_path: Path) -> None:
    """The plugin may be loaded in a project that has none."""
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pytest.ini_options]")
    project.write("test_group.py", SCENARIOS)
    project.write("test_other.py", "def test_other():\n    pass")

    run = project.inline("--continue-on-collection-errors")

    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert f"{tmp_path / 'pyproject.toml'} declares no [tool.conformance.backends" in run.output
    assert "Traceback" not in run.output
    assert "conformance/" not in run.output
    assert "1 passed, 1 error" in run.output
