"""HostedServer targets, recorded over real sockets and replayed offline.

No recording tests: these make recordings, of loopback servers that speak as the providers do.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.recording import read
from conformance.report.results import Outcome, Source
from tests.servers.hosted.hosted_project import HOSTED, HostedProject, Provider, providers, value_of
from tests.support.project import REPOSITORY, Run

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("litellm") is None,
    reason="litellm is not installed: most targets need it",
)

SOME = "*/t[ew]*"
"""invoke/text, and of the tools two_parallel_calls and text_beside_a_call_is_kept."""

SUITE = (
    *("-c", "pyproject.toml", "-p", "conformance.plugin"),
    *(str(REPOSITORY / f"conformance/scenarios/test_{group}.py") for group in ("invoke", "tools")),
)
"""Runs the suite's own scenarios, which are not in the project; the other groups have no recordings in it."""


@dataclass(frozen=True)
class Recorded:
    """Every hosted target of this repository, recorded once."""

    project: HostedProject
    servers: list[Provider]
    environment: dict[str, str]
    run: Run
    replay: Run


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    project = HostedProject(tmp_path_factory.mktemp("hosted"))
    with providers(*HOSTED) as servers:
        environment = project.bind(servers)
        run = project.record(SOME, **environment)
    # A later change of the declaration must not change what was recorded.
    declared = (project.folder / "pyproject.toml").read_text("utf-8")
    project.write("pyproject.toml", declared.replace("gemini-3.5-flash-lite", "gemini-9-ultra"))
    replay = project.pytest("--only-recorded", *SUITE)
    return Recorded(project, servers, environment, run, replay)


def test_every_declared_hosted_target_is_recorded_and_replays_without_a_key(recorded: Recorded) -> None:
    assert recorded.run.status == 0, recorded.run.output
    found = {(result.label, result.id) for result in recorded.replay.results}
    assert found == {
        (target.label, scenario)
        for target in HOSTED
        for scenario in ("invoke/text", "tools/text_beside_a_call_is_kept", "tools/two_parallel_calls")
    }
    assert {result.source for result in recorded.replay.results} == {Source.RECORDING}
    assert {result.outcome for result in recorded.replay.results} == {Outcome.PASSED}, recorded.replay.words


def test_a_recording_contains_no_key_no_account_and_no_address(recorded: Recorded) -> None:
    files = b"".join(recorded.project.everything().values())
    shown = files + recorded.run.output.encode()
    for name, value in recorded.environment.items():
        assert value.encode() not in shown, name
    assert value_of("PRIVATE_KEY_ID").encode() not in shown
    assert b"127.0.0.1" not in files
    assert (recorded.project.folder / "account.json").is_file()


def test_a_recording_has_the_endpoint_and_the_model_that_its_replay_uses(recorded: Recorded) -> None:
    gemini = read(recorded.project.cassettes / "litellm/gemini/invoke/text.yaml", "").provenance
    assert (gemini.host, gemini.model) == (
        "https://litellm-gemini-address.invalid/v1beta",
        "gemini/gemini-3.5-flash-lite",
    )
    [replayed] = [each for each in recorded.replay.results if each.title == "litellm@gemini invoke/text"]
    assert replayed.outcome is Outcome.PASSED, "although another model is declared by now"


def test_without_a_recording_the_script_answers(recorded: Recorded) -> None:
    run = recorded.project.pytest("--target", "openai@openai", "--scenario", "invoke", *SUITE)

    sources = {result.id: result.source for result in run.results}
    assert sources["invoke/text"] is Source.RECORDING
    assert sources["invoke/memory"] is Source.SCRIPT
    assert run.status == 0, run.output


def test_errors_that_can_be_provoked_on_a_real_server_are_recorded(tmp_path: Path) -> None:
    """By a wrong key, a wrong path and a prompt that is too long, whose repetitions are stored once."""
    project = HostedProject(tmp_path)
    cohere = next(target for target in HOSTED if target.label == "litellm@cohere")
    with providers(cohere) as servers:
        run = project.record("errors", "--target", "cohere", **project.bind(servers))

    recordings = {path.stem: path for path in project.cassettes.rglob("*.yaml")}
    assert set(recordings) == {
        "a_bad_parameter_is_a_bad_request",
        "a_wrong_key_is_an_authentication_error",
        "an_unknown_model_is_not_found",
        "an_unknown_path_is_not_found",
        "overflow_is_raised_by_a_stream",
        "overflow_is_raised_by_invoke",
    }, run.output
    assert all(path.stat().st_size < 10_000 for path in recordings.values())
