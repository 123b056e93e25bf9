"""The header of a results file: what ran, where, with which versions, and what was left out."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

import conformance
from conformance.entry import is_here
from conformance.printable import without_password
from conformance.runner.collection.bugs import Bug, known_bugs
from conformance.runner.limits import LIMIT, LIVE_LIMIT
from conformance.runner.mode import ANSWERS, RunMode
from conformance.runner.results.packages import package_of
from conformance.runner.targets.target import Target
from conformance.runner.versions import sdk_versions

COMMAND = "python -m pytest"
"""Runs a test again, followed by its id; needs --pyargs where the suite is installed elsewhere."""

_NARROWING = ("backend", "target", "scenario", "keyword", "markexpr", "live")
"""Options that leave scenarios out, or ask another server than the recordings do."""


def header(config: pytest.Config, targets: Sequence[Target]) -> dict[str, Any]:
    """The header of a run that begins now; packages and bugs are looked up only for a results file."""
    shard = config.getoption("shard")
    packages, bugs = {}, {}
    if config.getoption("results"):
        modules = {_module(target) for target in targets}
        packages = {module: package_of(module, config.rootpath) for module in modules}
        bugs = {bug.id: _bug(bug) for bug in known_bugs() if bug.scenarios}
    return {
        "suite": conformance.__version__,
        "started": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "sdks": sdk_versions(),
        "command": _command(config),
        "shard": str(shard) if shard is not None else None,
        "time_limit": time_limit(config),
        "narrowed": list(_narrowed(config)),
        "backends": [_backend(target, packages.get(_module(target), {})) for target in targets],
        "bugs": bugs,
    }


def time_limit(config: pytest.Config) -> float:
    """The seconds that a scenario may take in a worker."""
    default = LIVE_LIMIT if config.stash[ANSWERS].mode is RunMode.LIVE else LIMIT
    return float(config.getoption("time_limit") or default)


def _command(config: pytest.Config) -> str:
    words = [COMMAND, *([] if is_here(config.rootpath) else ["--pyargs"])]
    if config.getoption("backend"):
        names = ("backend", "backend_url", "backend_model", "backend_dialect", "backend_path", "key_env")
        given = [(name, config.getoption(name)) for name in names]
        given += [("backend_accepts", mistake) for mistake in config.getoption("backend_accepts")]
        shown = ((name, shlex.quote(without_password(value))) for name, value in given if value)
        words += [f"--{name.replace('_', '-')} {value}" for name, value in shown]
    return " ".join(words)


def _narrowed(config: pytest.Config) -> list[str]:
    given = ((name, config.getoption(name)) for name in _NARROWING)
    found = [f"--{name} {without_password(str(value))}" for name, value in given if value]
    return [*found, *(["--only-recorded"] if config.getoption("only_recorded") else [])]


def _bug(bug: Bug) -> dict[str, Any]:
    return {"title": bug.title, "sources": [{"name": name, "url": url} for name, url in bug.addresses]}


def _module(target: Target) -> str:
    return target.factory.partition(":")[0].partition(".")[0]


def _backend(target: Target, package: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "backend": target.backend,
        "target": target.name,
        "class": target.factory,
        **package,
        "model": target.model,
        "dialect": target.dialect,
        "source": target.source,
        "scenarios": target.scenarios,
        "level": target.level,
        "finding": target.finding,
    }
