"""The recorded scenarios pass with a model that words its answers freely, and fail with a wrong one.

A loopback server paraphrases the dialogue in three wires, in place of a real provider, and the suite runs
against it with ``--live``. No recordings: these are the scenarios that make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest

from conformance.commands.command import suite_arguments
from conformance.report.results import Outcome, Result
from conformance.servers.scripted import ScriptedServer
from tests.corpus.paraphrasing_provider import CONTEXT, FAULTS, OF_TEXT, Provider
from tests.support.project import PLAIN, RECORDED, Project, Run

HONEST = {
    "openai": ("provider:OpenAILLM", "tiny", "openai", ""),
    "anthropic": ("provider:LiteLLM", "anthropic/tiny", "anthropic", ""),
    "gemini": ("provider:LiteLLM", "gemini/gemini-2.5-flash", "gemini", "/v1beta"),
}
"""Class, model, wire and the end of the path."""

ALL = sorted(f"{path.parent.name}/{path.stem}" for path in RECORDED.glob("*/*.yaml"))
"""The recorded scenarios."""

MEASURES = ("attachments/", "capabilities/", "errors/", "usage/", "invoke/max_tokens", "structured/truncated")
"""Scenarios that ask for no complete answer of a turn."""

CALLING = (
    "tools/call",
    "tools/the_right_one",
    "tools/a_call_after",
    "tools/text_beside",
    "tools/an_answer_can",
)
PARALLEL = ("tools/two_parallel", "tools/three_parallel", "tools/parallel")
BEYOND_PLAIN = {
    "errors/overflow_is_raised_by_invoke",
    "errors/overflow_is_raised_by_a_stream",
    "errors/a_wrong_key_is_an_authentication_error",
    "errors/an_unknown_path_is_not_found",
    "errors/an_unknown_model_is_not_found",
    "errors/a_bad_parameter_is_a_bad_request",
    "usage/cached_tokens_are_among_the_prompt_tokens",
    "usage/the_latest_prompt_is_remembered",
}
"""The scenarios that PLAIN, a backend of forty lines, fails; with it every fault is tested."""

OTHERS = ("tools/chat_with_tools", "tools/arguments_fit")
"""Scenarios that compare two wrong answers with each other, or arguments with their schema only."""


def bound(backend: str, factory: str, model: str, wire: str, path: str) -> str:
    return f"""
        [tool.conformance.backends.{backend}]
        class = "{factory}"

        [tool.conformance.backends.{backend}.targets.it]
        model = "{model}"
        dialect = "{wire}"
        path = "{path}"
        context = {CONTEXT}
        """


CALLED = [each for each in ALL if each.startswith((*CALLING, *PARALLEL))]
WRITTEN = [each for each in ALL if not each.startswith((*MEASURES, *OTHERS, *CALLING, *PARALLEL))]
"""The scenarios whose answers show a fault of calls, and of texts: with a fault no others are asked."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("real"))
    project.write("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--strict-markers"\n')
    for name, (factory, model, wire, path) in HONEST.items():
        project.append("pyproject.toml", bound(name, factory, model, wire, f"/honest/{wire}{path}"))
    for name in FAULTS:
        project.append("pyproject.toml", bound(name, PLAIN, "tiny", "openai", f"/{name}/openai"))
    project.append("pyproject.toml", bound("plain", PLAIN, "tiny", "openai", "/honest/openai"))
    return project


def asked(project: Project, backends: Iterable[str], scenarios: Sequence[str] = ("*",)) -> Run:
    """A run of the modules with recorded scenarios: to collect all of them takes longer than asking."""
    modules = sorted({f"conformance.scenarios.test_{each.partition('/')[0]}" for each in ALL})
    with ScriptedServer(Provider()) as server:
        return project.inline(
            *(*suite_arguments(project.folder, modules[0]), *modules[1:], "--live", server.url),
            *("--only-recorded", "--scenario", ",".join(scenarios), "--target", ",".join(backends)),
            # A result has its reason; each of some hundred tracebacks would be searched for secrets.
            "--tb=line",
        )


@pytest.fixture(scope="module")
def honest(project: Project) -> Run:
    return asked(project, [*HONEST, "plain"])


@pytest.fixture(scope="module")
def faulty(project: Project) -> list[Run]:
    return [asked(project, OF_TEXT, WRITTEN), asked(project, FAULTS.keys() - OF_TEXT, CALLED)]


def of(backend: str, *runs: Run) -> Mapping[str, Result]:
    return {result.id: result for run in runs for result in run.results if result.backend == backend}


@pytest.mark.parametrize("backend", [*HONEST, "plain"])
def test_a_paraphrased_answer_passes(backend: str, honest: Run) -> None:
    results = of(backend, honest)
    assert len(results) > 60, honest.output
    wrong = {id_: each.reason for id_, each in results.items() if each.outcome is not Outcome.PASSED}
    assert {id_: why for id_, why in wrong.items() if backend != "plain" or id_ not in BEYOND_PLAIN} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_paraphrased_wrong_answer_fails(fault: str, faulty: list[Run]) -> None:
    """In every scenario whose answer shows the fault."""
    results = of(fault, *faulty)
    assert len(results) > 10
    assert results.keys() == set(WRITTEN if fault in OF_TEXT else CALLED)
    assert {id_ for id_, each in results.items() if each.outcome is not Outcome.FAILED} == set()
