"""What a backend shares with the whole process and must leave as it was: later scenarios would pay for it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from conformance.runner.collection.scenario import SCENARIO
from conformance.runner.constants import Constants
from conformance.runner.copies import Copies
from conformance.runner.originals import PYTHON, SUITE
from conformance.runner.process_settings import LIMITS, SETTINGS, Settings
from conformance.runner.stage.stage import STAGE
from conformance.runner.targets.live import KEY
from conformance.runner.threads_left import own_threads, still_running
from conformance.spec.boundary import NotAnErrorError

_STANDARD = {0: "stdin", 1: "stdout", 2: "stderr"}

_STATE = pytest.StashKey[tuple[Settings, dict[str, str], set[int]]]()
_CHANGES = pytest.StashKey[list[str]]()


class ProcessState:
    """Puts back what a scenario changes in the process, and fails the scenario for it at its end."""

    def __init__(self) -> None:
        self._copies = Copies()
        self._constants = Constants()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note what is there before the scenario, and watch its setup."""
        if SCENARIO in item.stash:
            item.stash[_CHANGES] = []
            item.stash[_STATE] = Settings(SETTINGS), _environment(), own_threads()
        with self._watched(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Watch the scenario itself."""
        with self._watched(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fail for all that is not as it was, once the fixtures have taken their own changes back."""
        with self._watched(item):
            result = yield
        if SCENARIO not in item.stash:
            return result
        settings, environment, threads = item.stash[_STATE]
        keys = item.stash[STAGE].secrets if STAGE in item.stash else (KEY,)
        changes = [
            *item.stash[_CHANGES],
            *settings.restored(),
            *_restored_environment(environment, keys),
            *SUITE.restored(),
            *self._constants.restored(),
            *(f"a thread was left running: {place}" for place in still_running(threads)),
            *self._copies.returned(),
        ]
        if changes:
            told = "; ".join(dict.fromkeys(changes))
            pytest.fail(f"the backend changed the process that it runs in: {told}", pytrace=False)
        return result

    @contextmanager
    def _watched(self, item: pytest.Item) -> Iterator[None]:
        """Put back at the end of a phase what pytest itself needs."""
        if SCENARIO not in item.stash:
            yield
            return
        files, limits = {number: (_file(number), os.dup(number)) for number in _STANDARD}, Settings(LIMITS)
        self._copies.is_watching = True
        try:
            yield
        except pytest.exit.Exception as error:
            raise NotAnErrorError(error) from error
        finally:
            self._copies.is_watching = False
            self._copies.end_here()
            item.stash[_CHANGES] += [*PYTHON.restored(), *limits.restored(), *_restored_files(files)]


def _restored_environment(before: dict[str, str], secrets: Sequence[str]) -> Iterator[str]:
    """A new variable is no change, for SDKs set some when they are imported, unless it holds a secret."""
    after = _environment()
    for name in sorted(before.keys() - after.keys()):
        yield f"the variable {name} was removed"
    for name, value in sorted(after.items()):
        if name in before and value != before[name]:
            yield f"the variable {name} was changed"
        elif name not in before and any(secret in value for secret in secrets):
            del os.environ[name]
            yield f"the variable {name} was set to the key"
    os.environ.update(before)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def _file(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _restored_files(before: dict[int, tuple[tuple[int, int] | None, int]]) -> Iterator[str]:
    for number, (file, copy) in before.items():
        if _file(number) != file:
            os.dup2(copy, number)
            yield f"{_STANDARD[number]} was closed"
        os.close(copy)
