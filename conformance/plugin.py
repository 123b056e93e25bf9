"""The pytest plugin: its options, hooks and fixtures; ``conformance.runner`` does the work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from typing import Any

import pytest

from conformance.shadow import shadowed

if (_shadow := shadowed()) is not None:
    raise pytest.UsageError(_shadow)

from conformance.runner import rewrite_assertions

# Again: the recorder imports the runner before it starts pytest.
rewrite_assertions()

from conformance.recording.network_guard import guard_for_good
from conformance.recording.secrets.logs import guarded_logs
from conformance.runner.asking import has_asked
from conformance.runner.collection.completeness import is_ours, note_setup, replaced_fixture
from conformance.runner.collection.scenario import MARKS, MEASURED, SCENARIO, Measured, as_declared
from conformance.runner.collection.selection import (
    OnlyAsked,
    pytest_collection_modifyitems,
    pytest_generate_tests,
    pytest_ignore_collect,
)
from conformance.runner.derived import Material, material_of
from conformance.runner.environment import own_environment
from conformance.runner.gateways import reachable
from conformance.runner.long_lived import LONG_LIVED, LongLived
from conformance.runner.mode import ANSWERS
from conformance.runner.options import pytest_addoption
from conformance.runner.originals import PYTHON, SUITE
from conformance.runner.process_state import ProcessState
from conformance.runner.redaction import Redaction
from conformance.runner.results.assertions import assertions_of, pytest_assertrepr_compare
from conformance.runner.results.cause import JUDGED, MISSING
from conformance.runner.results.outcome import REFUSALS, pytest_runtest_makereport
from conformance.runner.results.session import register
from conformance.runner.results.transcript import TRANSCRIPT, Transcript
from conformance.runner.stage import snapshots
from conformance.runner.stage.open import open_stage
from conformance.runner.stage.stage import STAGE, Build, Play, Sent, Serve, Stage
from conformance.runner.targets.options import TARGETS, bind, pytest_configure_node
from conformance.runner.targets.target import Target
from conformance.runner.witness import Witness
from conformance.servers.scripted import Handler, Script, ScriptedServer, always
from conformance.servers.scripted.dialects import Dialect
from conformance.servers.scripted.dialects import dialect as dialect_called
from conformance.spec.boundary import ERRORS_ONLY
from conformance.spec.contract import GROUPS, NotJudgedError, collecting_missing
from conformance.spec.expectations import collecting_responses
from conformance.spec.interview import Interview
from provider.base import BaseLLM

SUITE.note()
PYTHON.note()

__all__ = [
    "TARGETS",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_collection_modifyitems",
    "pytest_configure_node",
    "pytest_generate_tests",
    "pytest_ignore_collect",
    "pytest_runtest_makereport",
]

_OPEN = pytest.StashKey[ExitStack]()
_SERVERS = pytest.StashKey[list[ScriptedServer]]()

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
    config.stash[REFUSALS] = guard_for_good(reachable(config))
    secrets = config.stash[ANSWERS].secrets
    find = (lambda _: "") if secrets is None else secrets.find
    stack.enter_context(guarded_logs(find))
    config.pluginmanager.register(Redaction(find))
    register(config, config.stash.get(TARGETS, []))
    config.stash[LONG_LIVED] = LongLived()
    config.pluginmanager.register(config.stash[LONG_LIVED])
    config.pluginmanager.register(OnlyAsked())
    config.pluginmanager.register(ProcessState())
    config.pluginmanager.register(Witness())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Restore the environment."""
    config.stash[_OPEN].close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Keep a transcript of a scenario where a results file is written."""
    is_kept = item.config.getoption("results") and not item.config.stash[ANSWERS].is_recorder
    if SCENARIO in item.stash and is_kept and isinstance(item, pytest.Function):
        item.stash[TRANSCRIPT] = Transcript(demanded=assertions_of(item))


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Note who sets up the fixtures of the suite."""
    note_setup(fixturedef, request.node)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Run a scenario; compare the decoded answers with their snapshot once its own assertions have held."""
    result: Any = True
    if is_ours(pyfuncitem) and (replaced := replaced_fixture(pyfuncitem)) is not None:
        pytest.fail(replaced, pytrace=False)
    missing = pyfuncitem.stash[MISSING] = set()
    judged = pyfuncitem.stash[JUDGED] = pyfuncitem.stash.get(TRANSCRIPT, Transcript()).judged
    about = GROUPS.get(pyfuncitem.stash[SCENARIO].group) if SCENARIO in pyfuncitem.stash else None
    # A property that a scenario of the suite reads may raise SystemExit too: that is the backend's error.
    bound = ERRORS_ONLY if is_ours(pyfuncitem) else nullcontext()
    with collecting_responses(judged), collecting_missing(missing, about), as_declared(pyfuncitem):
        try:
            with bound:
                result = yield
        except NotJudgedError as error:
            pytest.skip(str(error))
    if servers := pyfuncitem.stash.get(_SERVERS, []):
        has_asked(judged, servers, dialect_called(pyfuncitem.stash[SCENARIO].target.dialect))
    interview = pyfuncitem.funcargs.get("interview")
    if isinstance(interview, Interview) and pyfuncitem.stash[STAGE].uses_cassette:
        snapshots.compare(pyfuncitem, interview)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run all tests of one target on one worker."""
    from conformance.runner.collection.scheduler import ByTarget

    return ByTarget(config, log, [target.label for target in config.stash.get(TARGETS, [])])


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The server of a recorded scenario: its recording, or the real server that is recorded."""
    with open_stage(request.node.stash[SCENARIO], request.config.stash[ANSWERS]) as opened:
        request.node.stash[STAGE] = opened
        if opened.server is not None:
            request.node.stash.setdefault(_SERVERS, []).append(opened.server)
            if TRANSCRIPT in request.node.stash:
                request.node.stash[TRANSCRIPT].servers.append(opened.server)
        yield opened


@pytest.fixture
def material(target: Target, request: pytest.FixtureRequest) -> Material:
    """The good streams and answers of the target, from which scenarios derive faults."""
    return material_of(target, request.node.stash[SCENARIO].root)


@pytest.fixture
def build(target: Target, request: pytest.FixtureRequest) -> Iterator[Callable[..., BaseLLM]]:
    """Builds the target's backend in front of ``url`` and loads it; unloads each backend at the end."""
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
        stage: Stage | None = request.node.stash.get(STAGE, None)
        if stage is None:
            stage = Stage(url, target)
            _check_limits(target, timeout, max_retries)
        asked = stage.target if model is None else replace(stage.target, model=model)
        key = stage.key if key is None else key
        llm: BaseLLM = asked.build(url, key, timeout=timeout, max_retries=max_retries)
        built.callback(llm.unload)
        if load:
            with request.config.stash[LONG_LIVED].loading(target.factory):
                loaded = llm.load()
            assert loaded is True, "load() did not return True: its reason is in the log"
        return llm

    with built:
        yield build


def _check_limits(target: Target, timeout: float, max_retries: int) -> None:
    """A scenario that sets a limit of its own asks whether it is kept.

    Raises:
        NotJudgedError: the class accepts no such limit.
    """
    if timeout < TIMEOUT and not target.is_given("timeout"):
        raise NotJudgedError("timeouts")
    if max_retries and not target.is_given("max_retries"):
        raise NotJudgedError("retries")


@pytest.fixture
def llm(stage: Stage, build: Callable[..., BaseLLM]) -> BaseLLM:
    """The target's backend, loaded, in front of the recording or the live server."""
    return build(stage.url, max_retries=stage.max_retries)


@pytest.fixture
def interview(llm: BaseLLM, stage: Stage, request: pytest.FixtureRequest) -> Interview:
    """Asks the backend and checks the laws of every answer; a snapshot keeps what was decoded."""
    snapshots.prepare(request)
    interview = stage.interview = Interview(llm, stage.limits)
    return interview


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Notes what a scenario found of a capability: ``yes``, ``refused`` or ``ignored``."""
    return lambda found: request.node.stash.setdefault(MEASURED, found)


@pytest.fixture
def dialect(target: Target) -> Dialect:
    """The dialect that the target's server speaks."""
    return dialect_called(target.dialect)


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> list[ScriptedServer]:
    """The servers that the scenario has started."""
    started: list[ScriptedServer] = request.node.stash.setdefault(_SERVERS, [])
    return started


@pytest.fixture
def serve(dialect: Dialect, servers: list[ScriptedServer], request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts a loopback server that plays a script, or what a handler gives each request.

    Only requests for an answer are answered. At the end it is stopped, and its errors are raised.
    """
    transcript = request.node.stash.get(TRANSCRIPT, Transcript())
    with ExitStack() as stack:

        def start(script: Handler | Script) -> ScriptedServer:
            handler = script if callable(script) else always(script)
            server = stack.enter_context(ScriptedServer(dialect.with_other_paths(handler)))
            servers.append(server)
            transcript.servers.append(server)
            return server

        yield start


@pytest.fixture
def play(serve: Serve, build: Build) -> Play:
    """Builds the target's backend in front of a server that plays a script."""
    return lambda script, **options: build(serve(script).url, **options)


@pytest.fixture
def sent(dialect: Dialect, servers: list[ScriptedServer]) -> Sent:
    """The requests for an answer that reached the servers of the scenario so far."""
    return lambda: dialect.chat_requests(each for server in servers for each in server.requests)
