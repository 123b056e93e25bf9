"""The recorder's manners before a hosted server: what it says, waits for, spends, and goes on with.

No recording tests: these make recordings, of a loopback server that speaks as OpenAI does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hosted_project import HOSTED, HostedProject, Provider, providers
from project import Run

PLAIN = replace(
    next(target for target in HOSTED if target.label == "openai@openai"), factory="project_backend:PlainLLM"
)
"""A hosted target without an SDK: this is about the recorder and not about a provider."""

TWO = "invoke/says-*ts"
"""invoke/says-accents and invoke/says-scripts."""


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
    with providers(PLAIN) as [provider]:
        yield Recording(tmp_path, provider)


def test_a_target_without_its_key_is_named_with_the_variable_and_not_asked(recording: Recording) -> None:
    run = recording.record(OPENAI_API_KEY="")

    assert run.output.splitlines()[0] == "not asked: openai@openai: set OPENAI_API_KEY"
    assert "nothing was recorded" in run.output
    assert run.status == 1
    assert recording.provider.asked == []


def test_a_dry_run_asks_nobody_and_says_what_it_would_ask_need_and_cost(recording: Recording) -> None:
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


def test_what_may_cost_more_than_the_limit_is_refused_before_anything_is_asked(recording: Recording) -> None:
    for option in ((), ("--dry-run",)):
        run = recording.record(*option, "--max-cost", "0.001")

        assert run.status == 2
        assert "more than --max-cost 0.001: narrow it, or give another limit" in run.output
    assert recording.provider.asked == []


def test_a_model_without_a_price_is_refused(recording: Recording) -> None:
    pyproject = recording.project.folder / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text("utf-8").replace('price = "gpt-4.1-mini"', 'price = "gpt-0"'), "utf-8"
    )

    run = recording.record()

    assert run.status == 2
    assert "nobody knows what openai@openai costs" in run.output
    assert recording.provider.asked == []


def test_it_says_what_is_done_and_what_it_has_cost(recording: Recording) -> None:
    """Four answers, each of which its server told to have cost 12 and 5 tokens."""
    run = recording.record()

    assert run.status == 0, run.output
    assert "[2/2] openai@openai invoke/says-scripts: 68 tokens, $0.0001 so far" in run.output.splitlines()
    table = [line.split() for line in run.output.splitlines() if line.strip().startswith("openai@openai")]
    assert table[-1] == ["openai@openai", "2", "0", "0", "0", "4", "68", "$0.0001"]


def test_every_question_has_a_limit(recording: Recording) -> None:
    recording.record()

    assert all(b'"max_tokens":1024' in body.replace(b" ", b"") for body in recording.provider.asked)


def test_who_is_turned_away_asks_again_later(recording: Recording) -> None:
    recording.provider.busy["forêt"] = 2

    run = recording.record()

    assert run.status == 0, run.output
    assert "1 scenarios were turned away; asking them again" in run.output
    assert len(list(recording.project.cassettes.rglob("*.yaml"))) == 2
    assert b"429" not in b"".join(path.read_bytes() for path in recording.project.cassettes.rglob("*.yaml"))


def test_what_stays_busy_is_left_and_the_same_command_goes_on(recording: Recording) -> None:
    recording.provider.busy["forêt"] = 1000
    run = recording.record()

    assert run.status == 1
    assert "1 scenarios are left: the same command goes on with them" in run.output
    assert len(list(recording.project.cassettes.rglob("*.yaml"))) == 1

    recording.provider.busy.clear()
    recording.provider.asked.clear()
    again = recording.record()

    assert again.status == 0, again.output
    assert "going on with what was begun at " in again.output
    assert "[1/1] openai@openai invoke/says-accents" in again.output
    assert len(recording.provider.asked) == 2
    assert len(list(recording.project.cassettes.rglob("*.yaml"))) == 2


def test_the_old_recording_stays_where_the_server_is_busy(recording: Recording) -> None:
    recording.record()
    before = recording.project.files()
    recording.provider.busy["Reply"] = 1000

    run = recording.record()

    assert run.status == 1
    assert "2 scenarios are left" in run.output
    assert recording.project.files() == before
