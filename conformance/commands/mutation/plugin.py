"""The pytest plugin of a run over mutants: its targets, a timeout, and the cleanup after each scenario.

Loaded by ``-p``; ``conformance.commands.mutation.run`` starts such runs and reads their results.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import partial
from types import FrameType
from typing import Any

import pytest

from conformance.commands.mutation import MUTANTS
from conformance.commands.mutation.request_mutations import REQUEST_MUTATIONS, RequestMutation
from conformance.commands.mutation.targets import CONTROL, REQUEST_MUTATED, MutatedTarget, mutated
from conformance.commands.mutation.wrapping import LEFT_OPEN
from conformance.plugin import TARGETS  # first: it registers the assertion rewriting
from conformance.recording import Request
from conformance.report.results import Source
from conformance.runner.collection.completeness import CHOOSING
from conformance.runner.collection.scenario import SCENARIO, group_of
from conformance.runner.targets.target import Target

TIMEOUT = 5.0
"""Seconds that a mutant may take for a scenario; more is a hang, which counts as a failure."""

_TARGETS = pytest.StashKey[list[Target]]()
_CHANGED = pytest.StashKey[list[Request]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a run over mutants."""
    group = parser.getgroup("mutants", "deliberately wrong backends")
    group.addoption("--mutate", metavar="TARGET", help="mutate this backend@target")
    group.addoption("--mutants", metavar="PATTERN", default="*", help="run only these mutants")
    group.addoption("--correct", action="store_true", help="run correct backends and request mutations too")
    group.addoption("--whole", action="store_true", help="run each mutant on every group, not only its own")


def pytest_configure(config: pytest.Config) -> None:
    """Add the targets with a fault to the bound ones."""
    config.stash[CHOOSING] = True
    bound, label = config.stash[TARGETS], config.getoption("mutate")
    matching = [target for target in bound if target.label == label]
    if len(matching) != 1:
        known = ", ".join(target.label for target in bound)
        raise pytest.UsageError(f"--mutate {label}: there is no such backend@target; there are: {known}")
    [right] = matching
    correct, pattern = config.getoption("correct"), config.getoption("mutants")
    changes = REQUEST_MUTATIONS if right.source == "recording" and correct else {}
    config.stash[_TARGETS] = [
        *(bound if correct else ()),
        mutated(right, CONTROL),
        *_mutants(right, bound, pattern),
        *(mutated(right, name, request_mutation=each) for name, each in changes.items()),
    ]
    signal.signal(signal.SIGALRM, _hung)


def _mutants(right: Target, bound: Sequence[Target], pattern: str) -> Iterator[Target]:
    """The mutants of ``right``, and of what asks the same questions by methods that are awaited."""
    awaited = [each for each in bound if each.asynchronous and right.label in (each.label, each.replays)]
    called = [] if right.asynchronous else [right]
    for each in MUTANTS:
        if fnmatchcase(each.name, pattern):
            for target in (awaited if each.asynchronous else called)[:1]:
                yield mutated(target, each.name, mutant=each)


def _hung(_: int, __: FrameType | None) -> None:
    # No ``except Exception`` swallows this, and after it pytest runs the other finalizers of a teardown.
    pytest.fail(f"the mutant took more than {TIMEOUT:g} s")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a mutant on the group of the scenario that must fail."""
    config, group = metafunc.config, group_of(metafunc.module)
    config.stash[TARGETS] = [
        target
        for target in config.stash[_TARGETS]
        if config.getoption("whole") or not isinstance(target, MutatedTarget) or target.runs_on(group)
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run request mutations only against recordings: nothing else can miss."""
    items[:] = [item for item in items if not _request_mutation(item) or _is_recorded(item)]


def _is_recorded(item: pytest.Item) -> bool:
    return item.stash[SCENARIO].source is Source.RECORDING


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Close what was left open before the next scenario."""
    item.stash[_CHANGED] = []
    result = yield
    while LEFT_OPEN:
        LEFT_OPEN.pop()()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
    """Change requests before the player compares them with the recording."""
    value = yield
    mutation = _request_mutation(request.node) if fixturedef.argname == "stage" else None
    if mutation is not None and value.player is not None:
        value.player.before_match = partial(_mutate, mutation, request.node.stash[_CHANGED])
    return value


def _mutate(mutation: RequestMutation, changed: list[Request], request: Request) -> Request:
    sent = mutation(request)
    if sent != request:
        changed.append(sent)
    return sent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note in the report whether requests were changed."""
    report = yield
    if item.stash[_CHANGED]:
        report.user_properties.append((REQUEST_MUTATED, True))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Limit the time of a mutant."""
    with _bounded(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Limit the time of its teardown too."""
    with _bounded(item):
        return (yield)


@contextmanager
def _bounded(item: pytest.Item) -> Iterator[None]:
    target = _target(item)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT if target is not None and target.mutant is not None else 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _target(item: pytest.Item) -> MutatedTarget | None:
    scenario = item.stash.get(SCENARIO, None)
    return scenario.target if scenario is not None and isinstance(scenario.target, MutatedTarget) else None


def _request_mutation(item: pytest.Item) -> RequestMutation | None:
    target = _target(item)
    return target.request_mutation if target is not None else None
