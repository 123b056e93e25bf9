"""What a run of pytest is bound to: read once, before anything is collected."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conformance.backends import BindingError, NothingBoundError, Target
from conformance.binding import Named, project_targets
from conformance.entry import names_suite
from conformance.suite.stage import ENGINE

TARGETS = pytest.StashKey[list[Target]]()
UNBOUND = pytest.StashKey[NothingBoundError]()


def bind(config: pytest.Config) -> None:
    """Read what is bound: a mistake ends the run; nothing at all ends one that names the suite.

    Any other run it ends where something asks for a target.
    """
    _find_modules_in(config.rootpath)
    try:
        config.stash[TARGETS] = _targets(config)
    except NothingBoundError as error:
        if names_suite(config):
            raise pytest.UsageError(f"no backend is bound, nothing would be tested: {error}") from error
        config.stash[UNBOUND] = error
    except BindingError as error:
        raise pytest.UsageError(str(error)) from error


def _targets(config: pytest.Config) -> list[Target]:
    factory = config.getoption("backend")
    if factory is None:
        return project_targets(config.rootpath)
    url, model, wire = (config.getoption(f"backend_{name}") for name in ("url", "model", "dialect"))
    named = Named(factory, url, model, wire or "openai")
    if named.is_live:
        config.option.live = named.server or ENGINE
    return [named.target()]


def _find_modules_in(root: Path) -> None:
    """Let a project's backends be imported where it is not installed; what is installed goes first."""
    if str(root) not in sys.path:
        sys.path.append(str(root))
