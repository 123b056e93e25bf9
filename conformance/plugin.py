"""The pytest plugin: options, fixtures and hooks; what they do stands in ``conformance.runner``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from conformance.shadow import shadowed

if (_shadow := shadowed()) is not None:
    raise pytest.UsageError(_shadow)

from conformance.recording.network_guard import guarded, loopback
from conformance.report.results import Source
from conformance.runner.collection.capabilities import MEASURED, Measured, as_declared
from conformance.runner.collection.completeness import (
    COLLECTION,
    Collection,
    is_ours,
    lost,
    unknown_gaps,
)
from conformance.runner.collection.replaced_fixtures import note_setup, replaced_fixture
from conformance.runner.collection.scenario import (
    INDEX,
    MARKS,
    SCENARIO,
    Scenario,
    is_asked,
    is_newer,
    scenario_of,
)
from conformance.runner.derived import Material, material_of
from conformance.runner.environment import own_environment
from conformance.runner.mode import ANSWERS
from conformance.runner.options import pytest_addoption
from conformance.runner.results import session as closing
from conformance.runner.results.assertions import demanded, pytest_assertrepr_compare
from conformance.runner.results.outcome import REFUSALS, pytest_runtest_makereport
from conformance.runner.results.transcript import TRANSCRIPT, Transcript
from conformance.runner.stage import snapshots
from conformance.runner.stage.open import open_stage
from conformance.runner.stage.stage import STAGE, Serve, Stage
from conformance.runner.targets.options import TARGETS, bind, pytest_configure_node, pytest_generate_tests
from conformance.runner.targets.target import CASSETTES, Target
from conformance.servers.scripted import Handler, ScriptedServer
from conformance.servers.scripted.dialects import Dialect
from conformance.servers.scripted.dialects import dialect as dialect_called
from conformance.spec.expectations import collecting_responses
from conformance.spec.interview import Interview
from provider.base import BaseLLM

__all__ = [
    "TARGETS",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
]

_OPEN = pytest.StashKey[ExitStack]()

TIMEOUT = 10.0
"""Seconds that a backend waits in a scenario that is not about waiting."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the run its own environment and close the network, before anything is collected."""
    stack = config.stash[_OPEN] = ExitStack()
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    bind(config)
    stack.enter_context(own_environment())
    config.stash[REFUSALS] = stack.enter_context(guarded(loopback))
    closing.register(config, config.stash.get(TARGETS, []))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Hand the environment back."""
    config.stash[_OPEN].close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the scenarios, mark the known gaps, and leave out what was not asked for."""
    root = config.getoption("cassettes") or config.rootpath / CASSETTES
    targets = config.stash.get(TARGETS, [])
    collected = config.stash[COLLECTION] = Collection(
        lost=lost(config, items, targets), files=frozenset(item.path.stem for item in items)
    )
    known: set[tuple[str, str]] = set()
    left_out: list[pytest.Item] = []
    shard = config.getoption("shard")
    for index, item in enumerate(items):
        scenario = scenario_of(item, root, config.stash[ANSWERS])
        if scenario is not None:
            if not is_asked(item, scenario):
                continue
            known.add((scenario.target.label, scenario.id))
            if is_newer(item, scenario.target):
                collected.newer[scenario.target.label] += 1
                continue
            item.stash[SCENARIO], item.stash[INDEX] = scenario, index
            _mark_gap(item, scenario)
        if not _is_chosen(config, scenario):
            left_out.append(item)
        elif scenario is not None and shard is not None and not shard.has(scenario.title):
            collected.elsewhere.append(item)
        else:
            collected.asked.append(item)
    collected.lost += unknown_gaps(config, targets, known)
    items[:] = collected.asked
    if left_out or collected.elsewhere:
        config.hook.pytest_deselected(items=[*left_out, *collected.elsewhere])


def _is_chosen(config: pytest.Config, scenario: Scenario | None) -> bool:
    target, name = config.getoption("target"), config.getoption("scenario")
    only_recorded = config.getoption("only_recorded") or config.stash[ANSWERS].is_recorder
    if scenario is None:
        return not (target or name or only_recorded or config.getoption("shard"))
    if only_recorded and not scenario.is_recorded:
        return False
    # What only the command line names has no recordings to derive from.
    if scenario.source is Source.DERIVED and config.getoption("backend"):
        return False
    return scenario.is_chosen(target, name)


def _mark_gap(item: pytest.Item, scenario: Scenario) -> None:
    reason = scenario.target.gaps.get(scenario.id)
    if reason is not None:
        item.add_marker(pytest.mark.xfail(strict=True, reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Take down what a scenario sends and gets, where somebody will read it."""
    is_read = item.config.getoption("results") and not item.config.stash[ANSWERS].is_recorder
    if SCENARIO in item.stash and is_read and isinstance(item, pytest.Function):
        item.stash[TRANSCRIPT] = Transcript(demanded=demanded(item))


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Note who sets up the fixtures of the suite."""
    note_setup(fixturedef, request.node)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Compare the decoded answers with their snapshot, once the scenario's own assertions held."""
    result: Any = True
    if is_ours(pyfuncitem) and (replaced := replaced_fixture(pyfuncitem)) is not None:
        pytest.fail(replaced, pytrace=False)
    with collecting_responses(pyfuncitem.stash.get(TRANSCRIPT, Transcript()).judged), as_declared(pyfuncitem):
        result = yield
    interview = pyfuncitem.funcargs.get("interview")
    if isinstance(interview, Interview) and pyfuncitem.stash[STAGE].uses_cassette:
        snapshots.compare(pyfuncitem, interview)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of one target on one worker."""
    from conformance.runner.collection.scheduler import ByTarget

    return ByTarget(config, log, [target.label for target in config.stash.get(TARGETS, [])])


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The server of a recorded scenario: its recording, or the engine when it is recorded."""
    with open_stage(request.node.stash[SCENARIO], request.config.stash[ANSWERS]) as opened:
        request.node.stash[STAGE] = opened
        if opened.server is not None and TRANSCRIPT in request.node.stash:
            request.node.stash[TRANSCRIPT].servers.append(opened.server)
        yield opened


@pytest.fixture
def material(target: Target, request: pytest.FixtureRequest) -> Material:
    """The good streams and answers of the target, from which a scenario derives faults."""
    return material_of(target, request.node.stash[SCENARIO].root)


@pytest.fixture
def build(target: Target, request: pytest.FixtureRequest) -> Iterator[Callable[..., BaseLLM]]:
    """Builds the target's backend in front of ``url`` and loads it; unloads every one in the end."""
    built = ExitStack()

    def build(
        url: str,
        *,
        model: str | None = None,
        key: str | None = None,
        timeout: float = TIMEOUT,
        max_retries: int = 0,
        load: bool = True,
    ) -> BaseLLM:
        stage = request.node.stash.get(STAGE, None) or Stage(url, target)
        asked = stage.target if model is None else replace(stage.target, model=model)
        key = stage.key if key is None else key
        llm = asked.build(url, key, timeout=timeout, max_retries=max_retries)
        built.callback(llm.unload)
        if load:
            assert llm.load() is True, "load() did not return True: its reason is in the log"
        return llm

    with built:
        yield build


@pytest.fixture
def llm(stage: Stage, build: Callable[..., BaseLLM]) -> BaseLLM:
    """The target's backend, loaded, in front of the recording or the live server."""
    return build(stage.url, max_retries=stage.max_retries)


@pytest.fixture
def interview(llm: BaseLLM, stage: Stage, request: pytest.FixtureRequest) -> Interview:
    """Asks the backend and holds every answer to the laws; what was decoded is a snapshot."""
    snapshots.prepare(request)
    interview = stage.interview = Interview(llm, stage.limits)
    return interview


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Takes down what a scenario has found of a capability."""
    return lambda found: request.node.stash.setdefault(MEASURED, found)


@pytest.fixture
def dialect(target: Target) -> Dialect:
    """The wire that the target's server speaks."""
    return dialect_called(target.dialect)


@pytest.fixture
def serve(dialect: Dialect, request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts a loopback server that plays a script; stops it in the end and raises what went wrong.

    The script is played to what asks for an answer; whatever else a backend asks is not found.
    """
    transcript = request.node.stash.get(TRANSCRIPT, Transcript())
    with ExitStack() as stack:

        def start(handler: Handler) -> ScriptedServer:
            server = stack.enter_context(ScriptedServer(dialect.with_other_paths(handler)))
            transcript.servers.append(server)
            return server

        yield start
