"""A scenario cannot reach the network, nor see the variables that a developer has exported.

One run of a scratch project. No recording tests: they are about scenarios that must not pass.
"""

from __future__ import annotations

import importlib.util
import json

import pytest

from conformance.report.results import Outcome, Source
from tests.support.project import Project, Run

SCENARIOS = '''
import contextlib, os, pathlib, socket
import pytest
from conformance.spec.dialogue import text
from conformance.recording.network_guard import NetworkRefused

FAR = ("192.0.2.1", 80)
"""An address reserved for documentation."""

def reach(address):
    with contextlib.suppress(Exception):
        socket.create_connection(address, 0.1).close()

def test_replay_reaches_out(interview):
    interview.answers(text.GREETING)
    reach(FAR)

def test_replay_looks_up_a_name(interview):
    interview.answers(text.GREETING)
    reach(("host.invalid", 443))

def test_replay_reaches_this_machine(interview):
    interview.answers(text.GREETING)
    reach(("127.0.0.1", 9))

def test_script_reaches_out(serve, build, dialect):
    assert build(serve(dialect.answering(text.GREETING.answer)).url).invoke(text.GREETING.messages).content
    reach(FAR)

def test_known_gap_reaches_out(target):
    reach(FAR)
    assert False

def test_environment(target):
    pathlib.Path("seen.txt").write_text("\\n".join(os.environ), "utf-8")

def test_no_scenario():
    with pytest.raises(NetworkRefused):
        socket.create_connection(FAR, 0.1)
'''

GAPS = """
[tool.conformance.backends.openai.targets.engine.gaps]
"network/known_gap_reaches_out" = "it says so, https://example.org/1"
"""

EXPORTED = {
    "HTTP_PROXY": "http://proxy.invalid:1",
    "https_proxy": "http://proxy.invalid:1",
    "NO_PROXY": "nowhere",
    "OPENAI_API_KEY": "sk-of-a-developer",
    "OPENAI_BASE_URL": "http://host.invalid",
    "ANTHROPIC_API_KEY": "sk-of-a-developer",
    "AWS_REGION": "nowhere",
    "SOMEBODY_API_KEY": "sk-of-a-developer",
    "LITELLM_MODE": "DEV",
}

RUN_AND_SHOW_ENVIRONMENT = """
import json, os, pathlib, sys, pytest
status = pytest.main(sys.argv[1:])
pathlib.Path("restored.json").write_text(json.dumps(dict(os.environ)), "utf-8")
sys.exit(status)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("network"))
    project.append("pyproject.toml", GAPS)
    project.write("test_network.py", SCENARIOS)
    for name in ("replay_reaches_out", "replay_looks_up_a_name", "replay_reaches_this_machine"):
        project.recording(f"network/{name}")
    return project


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return project.pytest(script=RUN_AND_SHOW_ENVIRONMENT, **EXPORTED)


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("replay_reaches_out", "192.0.2.1:80"),
        ("replay_looks_up_a_name", "host.invalid:443"),
        ("replay_reaches_this_machine", "127.0.0.1:9"),
        ("script_reaches_out", "192.0.2.1:80"),
        ("known_gap_reaches_out", "192.0.2.1:80"),
    ],
)
def test_a_refused_connection_fails_a_scenario_that_swallows_it(run: Run, name: str, refused: str) -> None:
    assert run.result(f"network/{name}").outcome is Outcome.FAILED
    assert f" to {refused}" in run.words[name]
    assert "was refused: a conformance test may not reach the network" in run.words[name]


@pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed: the engine cannot run"
)
def test_a_live_scenario_reaches_only_its_server(project: Project) -> None:
    run = project.inline("--live", "--scenario", "network/replay_reaches_out")
    result = run.result("network/replay_reaches_out")
    assert (result.outcome, result.source, result.live) == (Outcome.FAILED, Source.LIVE, 2)
    assert run.words["replay_reaches_out"].splitlines() == [
        "socket.getaddrinfo to 192.0.2.1:80 was refused: a conformance test may not reach the network"
    ]


def test_a_refused_connection_fails_only_its_own_scenario(run: Run) -> None:
    assert run.result("network/environment").outcome is Outcome.PASSED
    assert run.status == pytest.ExitCode.TESTS_FAILED
    assert len(run.words) == 5


def test_a_test_that_is_no_scenario_cannot_reach_the_network_either(run: Run) -> None:
    assert "no_scenario" not in run.words
    assert "network/no_scenario" not in {result.id for result in run.results}


def test_provider_and_proxy_variables_are_removed_during_the_run(run: Run, project: Project) -> None:
    assert run.result("network/environment").outcome is Outcome.PASSED
    seen = set((project.folder / "seen.txt").read_text("utf-8").split("\n"))
    assert seen & set(EXPORTED) == {"LITELLM_MODE"}, "LITELLM_MODE is the suite's own setting"
    assert "PATH" in seen


def test_the_environment_is_restored_after_the_run(run: Run, project: Project) -> None:
    assert run.results
    restored = json.loads((project.folder / "restored.json").read_text("utf-8"))
    assert restored.items() >= EXPORTED.items()
