"""The examples of applications pass the core as they are, and the adapter pulls what a client pushes.

Runs of ``conformance check`` over recordings of their own, and unit tests of the adapter with a client that
needs no server: the libraries of the other examples are not installed here, and these need none.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from conformance.report.contract import tiers
from conformance.report.file import read
from conformance.report.results import BASE, Outcome, Report
from conformance.servers.scripted import DEADLINE
from tests.package.wheel_environment import REPOSITORY
from tests.support.checking import Folder
from tests.support.project import needs_engine

DELTAS = [f"{number} " for number in range(100)]
ROOM = 8
"""The deltas that the adapter keeps for a slow reader."""


class Copied(Folder):
    """A copy of an example."""

    def __post_init__(self) -> None:
        """Nothing is added to it."""

    def core(self) -> Report:
        run = self.check("--results", "results.jsonl")
        assert run.status == 0, run.output
        return read(self.folder / "results.jsonl")


def copied(name: str, folder: Path) -> Copied:
    shutil.copytree(REPOSITORY / "examples" / name, folder / name)
    return Copied(folder / name)


def judged(report: Report) -> set[str]:
    """The tiers of which at least one case was judged."""
    return {tier.name for tier in tiers(report.results) if tier.passed}


def lacking(report: Report) -> set[str]:
    """The extensions of which every case was left out."""
    return {tier.name for tier in tiers(report.results) if not tier.passed}


def test_an_application_of_five_methods_keeps_the_base_and_nothing_that_it_lacks_fails(
    tmp_path: Path,
) -> None:
    report = copied("five-methods", tmp_path).core()
    assert {result.outcome for result in report} == {Outcome.PASSED, Outcome.NOT_JUDGED}
    assert judged(report) >= {BASE, "lifecycle"}
    assert lacking(report) >= {"error kinds", "reasoning", "tool calls", "retries", "timeouts"}


def test_requests_and_callbacks_are_asked_through_the_adapter(tmp_path: Path) -> None:
    """Its streams have a response, which the adapter returns, and its timeout has a declared name."""
    report = copied("request-shaped", tmp_path).core()
    assert {result.outcome for result in report} == {Outcome.PASSED, Outcome.NOT_JUDGED}
    assert lacking(report) >= {"error kinds", "reasoning", "retries"}
    assert not {"tool calls", "timeouts"} & lacking(report)


@needs_engine
def test_the_application_is_checked_without_a_declaration(tmp_path: Path) -> None:
    folder = copied("five-methods", tmp_path)
    (folder.folder / "pyproject.toml").unlink()
    run = folder.check("application:ApplicationLLM", "--scenario", "tools/two_parallel_calls")
    assert run.status == 0, run.output
    assert "1 passed" in run.output
    assert "  reasoning                not judged in 1 case\n" in run.output


class Pushing:
    """A client that pushes ``deltas`` until it is cancelled, and then ends as it is told."""

    def __init__(self, end: Callable[[], Any], deltas: Sequence[str] = DELTAS) -> None:
        self.end, self.deltas = end, deltas
        self.waits = threading.Event()
        self.pushed = 0

    def chat(self, request: Any, on_delta: Callable[[str], None] | None = None) -> Any:
        assert request is not None
        assert on_delta is not None
        for delta in self.deltas:
            on_delta(delta)
            self.pushed += 1
            if self.pushed == ROOM:
                self.waits.set()
        self.waits.set()
        return self.end()

    def cancel(self, request: Any) -> None:
        request.cancelled.set()


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "request-shaped")
    yield import_module("adapter")
    for name in ("adapter", "client"):
        sys.modules.pop(name)


def streaming(adapter: Any, end: Callable[[], Any]) -> tuple[Pushing, Any]:
    client = Pushing(end)
    return client, adapter.FiveMethods(client, None).stream([])


def test_a_stream_has_every_delta_in_order_and_returns_the_response(adapter: Any) -> None:
    calls = {0: {"id": "c1", "name": "get_weather", "arguments": "{}"}}
    _, stream = streaming(adapter, lambda: adapter.Reply("text", calls, "tool_calls"))
    deltas: list[str] = []
    while True:
        try:
            deltas.append(next(stream))
        except StopIteration as end:
            response = end.value
            break
    assert deltas == DELTAS
    assert (response.tool_calls, response.finish_reason) == ([calls[0]], "tool_calls")


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17])
def test_a_client_that_is_faster_than_its_reader_is_read_to_its_end(
    count: int, adapter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Pushing(adapter.Reply, DELTAS[:count])

    class Slow(adapter.ThreadPoolExecutor):  # type: ignore[misc]
        """Lets the client push all that the queue has room for, before anything is read."""

        def submit(self, *asked: Any) -> Any:
            future = super().submit(*asked)
            assert client.waits.wait(DEADLINE)
            return future

    monkeypatch.setattr(adapter, "ThreadPoolExecutor", Slow)
    assert list(adapter.FiveMethods(client, None).stream([])) == DELTAS[:count]


def test_nothing_is_asked_before_the_first_delta_is_wanted(adapter: Any) -> None:
    before = threading.active_count()
    client, _ = streaming(adapter, adapter.Reply)
    assert (client.pushed, threading.active_count()) == (0, before)


@pytest.mark.parametrize("read", [1, 5, 50, 95, 99, 100])
def test_a_slow_reader_slows_the_client_and_closing_ends_it(adapter: Any, read: int) -> None:
    before = threading.active_count()
    client, stream = streaming(adapter, adapter.Reply)
    for _ in range(read):
        next(stream)
    assert client.pushed <= read + ROOM
    stream.close()
    assert threading.active_count() == before
    assert client.pushed <= read + ROOM + 1


def test_an_error_of_the_client_is_raised_where_the_stream_is_read(adapter: Any) -> None:
    def fail() -> Any:
        raise adapter.StreamClosedError("the connection broke")

    before = threading.active_count()
    _, stream = streaming(adapter, fail)
    deltas = []
    with pytest.raises(adapter.StreamClosedError, match="the connection broke"):
        deltas.extend(stream)
    assert deltas == DELTAS
    assert threading.active_count() == before
