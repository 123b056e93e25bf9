"""The results file that a real run writes.

Runs of a scratch project: the suite's own scenarios do not fail, crash or die.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from conformance.report.doubts import Doubt, DoubtKind
from conformance.report.file import read, schema
from conformance.report.results import Outcome, Report, Source
from tests.support.project import LABEL, Project, Run

SCENARIOS = '''
import httpx
import pytest
from conformance.spec import laws
from conformance.spec.dialogue import text
from provider.response import LLMResponse

def test_recorded(interview):
    """The law of this scenario.

    This is not part of it.
    """
    interview.answers(text.GREETING)

def test_scripted(serve, build, dialect):
    llm = build(serve(dialect.answering(text.GREETING.answer)).url)
    laws.is_the_answer(llm.invoke(text.GREETING.messages), text.GREETING.answer)

def test_crashes(target):
    httpx.Client().get("nonsense")

def test_takes_what_is_not_there(target):
    [call] = []

def test_judges_what_is_no_json(target):
    laws.calls_of(LLMResponse(tool_calls=[{"id": "1", "name": "n", "arguments": "no json"}]))

@pytest.fixture
def broken():
    raise KeyError("choices")

def test_has_no_stage(target, broken):
    pass
'''

DYING = """
import os

def test_before(target):
    pass

def test_dies(target):
    os._exit(1)

def test_waits(target):
    import pathlib, time
    pathlib.Path("waiting").touch()
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"))
    project.write("test_invoke.py", SCENARIOS)
    project.recording("invoke/recorded", of="invoke/text")
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.inline("--target", "openai@*")


@pytest.fixture(scope="module")
def whole(run: Run, project: Project) -> Report:
    assert run.results, run.output
    return read(project.folder / "results.jsonl")


def test_every_line_matches_the_schema(project: Project, whole: Report) -> None:
    lines = (project.folder / "results.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(whole) + 2
    for line in lines:
        jsonschema.Draft202012Validator(schema()).validate(json.loads(line))


def test_the_header_says_what_ran_and_what_was_left_out(whole: Report) -> None:
    [backend] = whole.header["backends"]
    assert (backend["backend"], backend["target"], backend["model"]) == ("openai", "engine", "tiny")
    assert (backend["dialect"], backend["source"]) == ("openai", "recording")
    assert whole.header["narrowed"] == ["--target openai@*"]
    assert whole.header["shard"] is None
    assert whole.header["sdks"]["httpx"]
    assert whole.doubts == [Doubt(DoubtKind.PARTIAL, "narrowed by --target openai@*")]


def test_a_backend_is_described_by_its_project_or_package(tmp_path: Path) -> None:
    """PlainLLM of the other runs belongs to neither."""
    project = Project(tmp_path, factory="mine:MyLLM")
    project.write("mine.py", "from tests.support.project_backend import PlainLLM as MyLLM")
    project.append(
        "pyproject.toml",
        '[project]\nname = "plain"\nversion = "1.2.3"\n'
        'urls = { Homepage = "https://example.org/p", "Bug Tracker" = "https://example.org/p/issues" }\n'
        '[tool.conformance.backends.installed]\nclass = "openai:OpenAI"\n'
        '[tool.conformance.backends.installed.targets.x]\nmodel = "m"\ndialect = "openai"\n',
    )
    project.write("test_invoke.py", "def test_nothing(target): pass")
    # Metadata that names no home page must not warn: Python 3.15 makes an error of it.
    project.pytest(PYTHONWARNINGS="error:Implicit None")
    mine, installed = read(tmp_path / "results.jsonl").header["backends"]
    names = ("package", "version", "homepage", "issues")
    assert [mine[name] for name in names] == [
        "plain",
        "1.2.3",
        "https://example.org/p",
        "https://example.org/p/issues",
    ]
    assert installed["package"] == "openai"
    assert installed["homepage"].startswith("https://github.com/openai/")


def test_a_recorded_scenario_has_a_law_a_recording_and_a_date(run: Run) -> None:
    result = run.result("invoke/recorded")
    assert (result.outcome, result.source) == (Outcome.PASSED, Source.RECORDING)
    assert result.law == "The law of this scenario."
    assert result.cassette == "cassettes/openai/engine/invoke/recorded.yaml"
    assert result.recorded.endswith("Z")
    assert result.seconds > 0


@pytest.mark.parametrize(
    ("scenario", "outcome", "reason"),
    [
        ("crashes", Outcome.ERRORED, "UnsupportedProtocol"),
        ("takes_what_is_not_there", Outcome.FAILED, "not enough values to unpack"),
        ("judges_what_is_no_json", Outcome.FAILED, "JSONDecodeError"),
        ("has_no_stage", Outcome.ERRORED, "KeyError: 'choices'"),
    ],
)
def test_a_crash_is_errored_and_a_failed_judgement_is_failed(
    run: Run, scenario: str, outcome: Outcome, reason: str
) -> None:
    """The backend or the harness crashes; a scenario that unpacks a missing call has judged."""
    result = run.result(f"invoke/{scenario}")
    assert result.outcome is outcome
    assert reason in result.reason


def test_junit_has_no_transcripts(project: Project, run: Run) -> None:
    assert run.results
    assert "exchanges" not in (project.folder / "results.xml").read_text("utf-8")


def test_a_place_counts_all_scenarios_in_a_partial_run_too(tmp_path: Path) -> None:
    """So that shards can be combined in the order of one process."""
    project = Project(tmp_path)
    project.write("test_invoke.py", "".join(f"def test_{name}(target): pass\n" for name in "abc"))
    part = project.inline("--scenario", "invoke/c")
    assert [(each.id, each.index) for each in part.results] == [("invoke/c", 2)]


def test_a_run_without_a_results_file_collects_no_transcripts(project: Project) -> None:
    witness = """
    import pytest
    from conformance.runner.results.transcript import TRANSCRIPT

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(item):
        assert TRANSCRIPT not in item.stash
    """
    project.write("watching.py", witness)
    arguments = ("-m", "pytest", "-q", "-p", "watching", "-p", "no:cacheprovider", "-k", "scripted")
    environment = project.environment()
    environment["PYTHONPATH"] += f"{os.pathsep}{project.folder}"
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project.folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_test_of_a_worker_that_died_is_named_in_the_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", DYING.partition("def test_waits")[0])
    run = project.pytest("-n", "1", "--max-worker-restart", "0")
    assert run.status != 0
    assert [result.id for result in run.results] == ["invoke/before"]
    lost = f"incomplete: test_invoke.py::test_dies[{LABEL}] started but gave no result"
    assert lost in map(str, read(tmp_path / "results.jsonl").doubts)


def test_a_killed_run_leaves_the_results_so_far(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("test_invoke.py", DYING.replace("def test_dies", "def dies"))
    file = tmp_path / "results.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--results", str(file)],
        cwd=tmp_path,
        env=project.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not (tmp_path / "waiting").exists():
            assert process.poll() is None, "the run ended too early"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    left = read(file)
    assert [result.id for result in left] == ["invoke/before"]
    assert left.is_incomplete
