"""What a backend shares with the whole process and must leave as it was: later scenarios would pay for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conformance.runner.collection.scenario import SCENARIO
from conformance.runner.stage.stage import STAGE
from conformance.runner.targets.live import KEY

_STANDARD = {0: "stdin", 1: "stdout", 2: "stderr"}

_STATE = pytest.StashKey[tuple[Path, dict[str, str], dict[signal.Signals | int, Any]]]()
_CHANGES = pytest.StashKey[list[str]]()


class ProcessState:
    """Puts back what a scenario changes in the process, and fails the scenario for it at its end."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note what is there before the scenario, and watch its setup."""
        if SCENARIO in item.stash:
            item.stash[_CHANGES] = []
            item.stash[_STATE] = Path.cwd(), _environment(), _handlers()
        with _open_files(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Watch the scenario itself."""
        with _open_files(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fail for all that is not as it was, once the fixtures have taken their own changes back."""
        with _open_files(item):
            result = yield
        if SCENARIO not in item.stash:
            return result
        folder, environment, handlers = item.stash[_STATE]
        keys = item.stash[STAGE].secrets if STAGE in item.stash else (KEY,)
        changes = [
            *item.stash[_CHANGES],
            *_restored_folder(folder),
            *_restored_environment(environment, keys),
            *_restored_handlers(handlers),
        ]
        if changes:
            told = "; ".join(dict.fromkeys(changes))
            pytest.fail(f"the backend changed the process that it runs in: {told}", pytrace=False)
        return result


@contextmanager
def _open_files(item: pytest.Item) -> Iterator[None]:
    """Note which standard streams a phase of a test closes: before the next, pytest opens them again."""
    if SCENARIO not in item.stash:
        yield
        return
    files = {number: (_file(number), os.dup(number)) for number in _STANDARD}
    try:
        yield
    finally:
        item.stash[_CHANGES] += _restored_files(files)


def _restored_folder(before: Path) -> Iterator[str]:
    after = Path.cwd()
    if after != before:
        os.chdir(before)
        yield f"the working directory became {after}"


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


def _handlers() -> dict[signal.Signals | int, Any]:
    return {each: signal.getsignal(each) for each in signal.valid_signals()}


def _restored_handlers(before: dict[signal.Signals | int, Any]) -> Iterator[str]:
    for number, handler in _handlers().items():
        if handler != before[number]:
            signal.signal(number, before[number])
            yield f"the handler of {signal.Signals(number).name} was changed"


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
