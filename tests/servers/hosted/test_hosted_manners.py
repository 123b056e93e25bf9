"""How the recorder treats a hosted server: its output, pauses and cost limit.

No recording tests: these make recordings, of a loopback server that speaks as OpenAI does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.hosted.hosted_project import HOSTED, HostedProject, Provider, providers
from tests.support.project import PLAIN, Run

BARE = replace(next(target for target in HOSTED if target.label == "openai@openai"), factory=PLAIN)
"""A hosted target without an SDK, for tests of the recorder and not of a provider."""

TWO = "invoke/says-*ts"
"""invoke/says-accents and invoke/says-scripts."""


DEAR = """
from tests.support.project_backend import PlainLLM

class DearLLM(PlainLLM):
    def invoke(self, messages, attachments=None, **kwargs):
        response = super().invoke(messages, attachments, **kwargs)
        response.prompt_tokens = 10**9
        return response
"""
"""Reports more tokens than any rehearsal would expect."""


class Recording:
    """A project with one hosted target, and its server."""

    def __init__(self, folder: Path, provider: Provider) -> None:
        self.provider = provider
        self.project = HostedProject(folder)
        self.environment = self.project.bind([provider])

    def record(self, *options: str, scenario: str = TWO, **environment: str) -> Run:
        return self.project.record(scenario, *options, **{**self.environment, **environment})


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    with providers(BARE) as [provider]:
        yield Recording(tmp_path, provider)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recording, Run]]:
    """A recording without any trouble, to read and not to change."""
    with providers(BARE) as [provider]:
        recording = Recording(tmp_path_factory.mktemp("recorded"), provider)
        yield recording, recording.record()


def test_a_target_without_its_key_is_not_asked_and_its_variable_is_named(recording: Recording) -> None:
    run = recording.record(OPENAI_API_KEY="")

    assert run.output.splitlines()[0] == "not asked: openai@openai: set OPENAI_API_KEY"
    assert "nothing was recorded" in run.output
    assert run.status == 1
    assert recording.provider.asked == []


def test_a_dry_run_asks_no_server_and_shows_requests_variables_and_cost(recording: Recording) -> None:
    before = recording.project.everything()

    run = recording.record("--dry-run", OPENAI_API_KEY="")

    [row] = [line for line in run.output.splitlines() if line.strip().startswith("openai@openai")]
    scenarios, requests, tokens, most = row.split()[1:5]
    assert (scenarios, requests) == ("2", "4")
    assert int(tokens.replace(",", "")) > 4 * 1024, "four answers of 1024 tokens at most, and their prompts"
    assert most.startswith("$0.0")
    assert row.endswith("set OPENAI_API_KEY")
    assert run.status == 0
    assert recording.provider.asked == []
    assert recording.project.everything() == before


def test_a_recording_that_may_cost_more_than_the_limit_is_refused_before_it_begins(
    recording: Recording,
) -> None:
    for option in ((), ("--dry-run",)):
        run = recording.record(*option, "--max-cost", "0.001")

        assert run.status == 2
        assert "more than --max-cost 0.001: select less, or raise the limit" in run.output
    assert recording.provider.asked == []


def test_a_model_without_a_price_is_refused(recording: Recording) -> None:
    pyproject = recording.project.folder / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text("utf-8").replace('price = "gpt-4.1-mini"', 'price = "gpt-0"'), "utf-8"
    )

    run = recording.record()

    assert run.status == 2
    assert "no price is known for openai@openai" in run.output
    assert recording.provider.asked == []


def test_the_output_shows_progress_and_cost(recorded: tuple[Recording, Run]) -> None:
    """Four answers, of which the server counts the tokens."""
    _, run = recorded

    assert run.status == 0, run.output
    assert "[2/2] openai@openai invoke/says-scripts: 240 tokens, $0.0002 so far" in run.output.splitlines()
    table = [line.split() for line in run.output.splitlines() if line.strip().startswith("openai@openai")]
    assert table[-1] == ["openai@openai", "2", "0", "0", "0", "4", "240", "$0.0002"]


def test_every_question_limits_its_answer(recorded: tuple[Recording, Run]) -> None:
    recording, _ = recorded

    assert len(recording.provider.asked) == 4
    assert all(b'"max_tokens":1024' in body.replace(b" ", b"") for body in recording.provider.asked)


def test_a_rate_limited_scenario_is_asked_again_later(recording: Recording) -> None:
    recording.provider.busy["forêt"] = 2

    run = recording.record()

    assert run.status == 0, run.output
    assert "1 scenario met a busy server and will be asked again" in run.output
    assert len(list(recording.project.cassettes.rglob("*.yaml"))) == 2
    assert b"429" not in b"".join(path.read_bytes() for path in recording.project.cassettes.rglob("*.yaml"))


def test_a_scenario_that_stays_rate_limited_is_left_with_the_command_that_records_it(
    recording: Recording,
) -> None:
    recording.provider.busy["forêt"] = 1000

    run = recording.record()

    assert run.status == 1
    assert run.output.splitlines()[-2:] == [
        "1 scenario got no answer; to record what is left:",
        "    python -m conformance record --target openai@openai --scenario invoke/says-accents",
    ]
    assert len(list(recording.project.cassettes.rglob("*.yaml"))) == 1


def test_the_old_recording_is_kept_while_the_server_refuses(
    recording: Recording, recorded: tuple[Recording, Run]
) -> None:
    shutil.copytree(recorded[0].project.cassettes, recording.project.cassettes)
    before = recording.project.files()
    recording.provider.busy["Reply"] = 1000

    run = recording.record()

    assert run.status == 1
    assert "2 scenarios got no answer" in run.output
    assert len(before) == 4, "two recordings, and their answers"
    assert recording.project.files() == before


def test_once_max_cost_is_spent_nothing_more_is_asked(tmp_path: Path) -> None:
    with providers(replace(BARE, factory="dear:DearLLM")) as [provider]:
        recording = Recording(tmp_path, provider)
        recording.project.write("dear.py", DEAR)
        run = recording.record("--max-cost", "10")

    assert run.status == 1
    assert "--max-cost 10 is spent: nothing more is asked" in run.output
    assert "1 scenario got no answer; to record what is left:" in run.output
    assert len(provider.asked) == 2, "the first scenario invokes and streams"
