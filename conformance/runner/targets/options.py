"""Reads once, before anything is collected, which targets a run asks and where its answers come from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.entry import names_suite
from conformance.patterns import patterns_in
from conformance.runner.mode import ANSWERS, AnswerSource, RunMode
from conformance.runner.redaction import live_secrets
from conformance.runner.targets.live import ENGINE
from conformance.runner.targets.selection import NamedBackend, checked_url, key_in, project_targets
from conformance.runner.targets.target import BindingError, NothingBoundError, Target

TARGETS = pytest.StashKey[list[Target]]()
_HANDED_KEY = "conformance_live_key"
_OF_BACKEND = ("url", "model", "dialect", "path", "accepts")
"""The options that begin with ``--backend-``."""

UNBOUND = pytest.StashKey[NothingBoundError]()


def bind(config: pytest.Config) -> None:
    """Read the declared backends.

    A wrong declaration ends the run, and so does a missing one if the run names the suite. In other runs
    without a declaration, only the tests that use the fixture ``target`` fail.
    """
    _find_modules_in(config.rootpath)
    try:
        config.stash[TARGETS] = _targets(config)
        _check_patterns(config.getoption("target"), config.stash[TARGETS])
        config.stash.setdefault(ANSWERS, _answer_source(config))
    except NothingBoundError as error:
        if names_suite(config):
            raise pytest.UsageError(f"no backend is bound, nothing would be tested: {error}") from error
        config.stash[UNBOUND] = error
        config.stash.setdefault(ANSWERS, AnswerSource())
    except BindingError as error:
        raise pytest.UsageError(str(error)) from error


def _targets(config: pytest.Config) -> list[Target]:
    factory, live = config.getoption("backend"), config.getoption("live")
    options = {name: config.getoption(f"backend_{name}") for name in _OF_BACKEND}
    if factory is None:
        if given := [f"--backend-{name}" for name, value in options.items() if value]:
            raise BindingError(f"{' and '.join(given)} need --backend")
        if live not in (None, ENGINE):
            _check_live(live)
        return project_targets(config.rootpath)
    wire = options.pop("dialect") or "openai"
    named = NamedBackend(factory, dialect=wire, key_env=config.getoption("key_env"), **options)
    # In a worker the controller has set it already.
    if live not in (None, ENGINE, named.server):
        raise BindingError("with --backend, name the server by --backend-url and not by --live")
    if named.is_live:
        config.option.live = named.server or ENGINE
    return [named.target()]


def _check_patterns(patterns: str | None, targets: list[Target]) -> None:
    for pattern in patterns_in(patterns):
        if not any(target.is_chosen(pattern) for target in targets):
            labels = dict.fromkeys(target.group for target in targets)
            raise BindingError(f"--target: {pattern!r} matches none of {', '.join(labels)}")


def _check_live(url: str) -> None:
    try:
        checked_url(url)
    except BindingError as error:
        raise BindingError(f"--live: {error}. For the embedded engine, put --live after the tests") from error


def _answer_source(config: pytest.Config) -> AnswerSource:
    """Where the answers come from, by the options; the key is read before the environment loses it."""
    server, variable = config.getoption("live"), config.getoption("key_env")
    key = getattr(config, "workerinput", {}).get(_HANDED_KEY)
    if key is None and variable is not None:
        if server in (None, ENGINE):
            raise BindingError("--key-env is the key of a live server: name the server with --live")
        key = key_in(variable, os.environ)
    if server in (None, ENGINE):
        return AnswerSource(RunMode.LIVE, server) if server else AnswerSource()
    return AnswerSource(RunMode.LIVE, server, key, live_secrets(server, key, os.environ))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the key to a worker of xdist."""
    node.workerinput[_HANDED_KEY] = node.config.stash[ANSWERS].key


def _find_modules_in(root: Path) -> None:
    """Make a project's own modules importable, after everything that is installed."""
    if str(root) not in sys.path:
        sys.path.append(str(root))
