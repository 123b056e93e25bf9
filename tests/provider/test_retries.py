"""All backends have one retry policy, and the SDKs' own retries are off.

No recording tests: a recording shows neither repeated requests nor waits.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import tenacity.nap

from conformance.servers.scripted import Close, Cut, Head, Script, always, in_order, reply, stream
from conformance.servers.scripted.dialects import ErrorKind
from provider import LLMProviderError
from provider.chat.retries import FIRST_WAIT, LONGEST_WAIT
from tests.provider.routes import ANSWER, QUESTION, Route, ask, every_route, invoked_and_streamed

RETRYABLE: list[ErrorKind] = ["rate_limit", "overloaded", "server"]
FINAL: list[ErrorKind] = [
    "authentication",
    "bad_request",
    "content_filter",
    "context_limit",
    "not_found",
    "permission",
    "quota",
]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Records the seconds of each wait, and does not wait."""
    waited: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=waited.append))
    return waited


def failing(route: Route, kind: ErrorKind, headers: dict[str, str] | None = None) -> Script:
    failure = route.dialect.error(kind)
    return reply(failure.body, failure.status, headers)


def kind_of(llm: Any, how: str) -> str:
    """The kind of the failure, returned or raised."""
    try:
        return str(ask(llm, how).error_kind)
    except LLMProviderError as failure:
        return str(failure.kind)


@every_route
@invoked_and_streamed
@pytest.mark.parametrize("max_retries", [0, 1, 2])
@pytest.mark.parametrize("kind", RETRYABLE)
def test_a_retryable_failure_is_retried_max_retries_times(
    route: Route, how: str, kind: ErrorKind, max_retries: int, waits: list[float]
) -> None:
    with route.speaking(always(failing(route, kind)), max_retries=max_retries) as (llm, server):
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 1 + max_retries

    assert response.error_kind == kind
    assert len(waits) == max_retries


@every_route
@invoked_and_streamed
@pytest.mark.parametrize("kind", FINAL)
def test_another_failure_is_not_retried(route: Route, how: str, kind: ErrorKind, waits: list[float]) -> None:
    with route.speaking(always(failing(route, kind)), max_retries=2) as (llm, server):
        assert kind_of(llm, how) == kind

        assert len(route.chat_requests(server)) == 1

    assert waits == []


@every_route
@invoked_and_streamed
def test_a_closed_connection_is_retried(route: Route, how: str, waits: list[float]) -> None:
    with route.speaking(always([Close()]), max_retries=2) as (llm, server):
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 3

    assert response.error_kind == "interrupted"
    assert len(waits) == 2


@every_route
@invoked_and_streamed
def test_a_refused_connection_is_retried(route: Route, how: str, waits: list[float]) -> None:
    with route.speaking(always([])) as (_, server):
        llm = route.llm(server.url, max_retries=2)
        assert llm.load()
    with llm:
        response = ask(llm, how)

    assert response.error_kind == "connection"
    assert len(waits) == 2


@every_route
@invoked_and_streamed
def test_success_after_a_failure_is_success(route: Route, how: str, waits: list[float]) -> None:
    said = route.dialect
    good = reply(said.completion(ANSWER)) if how == "invoke" else stream(said.events(ANSWER))
    script = in_order([failing(route, "overloaded"), good])

    with route.speaking(script, max_retries=2) as (llm, server):
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 2

    assert (response.content, response.error, response.error_kind) == (ANSWER.text, None, None)
    assert len(waits) == 1


@every_route
def test_invoke_retries_an_answer_that_breaks_off(route: Route, waits: list[float]) -> None:
    broken: Script = [Head(200, {"content-type": "application/json", "content-length": "99"}), Cut()]
    script = in_order([broken, reply(route.dialect.completion(ANSWER))])

    with route.speaking(script, max_retries=1) as (llm, _):
        response = llm.invoke(QUESTION)

    assert (response.content, len(waits)) == (ANSWER.text, 1)


@every_route
def test_a_stream_is_not_retried_after_its_first_delta(route: Route, waits: list[float]) -> None:
    """The caller may have shown it already: a second beginning would follow the first."""
    events = route.dialect.events(ANSWER)
    cut = stream([*events[: len(events) // 2], Cut()])

    with route.speaking(always(cut), max_retries=2) as (llm, server):
        response = ask(llm, "stream")

        assert len(route.chat_requests(server)) == 1

    assert response.error_kind == "interrupted"
    assert ANSWER.text.startswith(response.content)
    assert response.content
    assert waits == []


@every_route
@pytest.mark.parametrize("kind", ["overloaded", "quota"])
def test_an_error_inside_a_stream_is_retried_before_its_first_delta(
    route: Route, kind: ErrorKind, waits: list[float]
) -> None:
    """Beyond the scenario for it: how often, and that a failure which is not retryable is not retried."""
    script = always(stream([route.dialect.error_event(kind)]))

    with route.speaking(script, max_retries=2) as (llm, server):
        response = ask(llm, "stream")

        assert len(route.chat_requests(server)) == 1 + (2 if response.retryable else 0)

    assert response.error_kind == kind
    assert len(waits) == (2 if kind == "overloaded" else 0)


@every_route
@invoked_and_streamed
def test_retry_after_is_obeyed(route: Route, how: str, waits: list[float]) -> None:
    limited = failing(route, "rate_limit", {"Retry-After": "7"})

    with route.speaking(always(limited), max_retries=2) as (llm, _):
        response = ask(llm, how)

    assert waits == [7.0, 7.0]
    assert response.retry_after == 7.0


@every_route
@invoked_and_streamed
def test_a_retry_after_beyond_the_longest_wait_is_left_to_the_caller(
    route: Route, how: str, waits: list[float]
) -> None:
    limited = failing(route, "rate_limit", {"Retry-After": str(LONGEST_WAIT + 1)})

    with route.speaking(always(limited), max_retries=2) as (llm, server):
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 1

    assert waits == []
    assert response.retry_after == LONGEST_WAIT + 1
    assert response.retryable


@every_route
def test_without_retry_after_the_waits_grow_within_bounds(route: Route, waits: list[float]) -> None:
    with route.speaking(always(failing(route, "overloaded")), max_retries=8) as (llm, _):
        llm.invoke(QUESTION)

    bounds = [min(LONGEST_WAIT, FIRST_WAIT * 2**tried) for tried in range(8)]
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert waits != bounds, "without jitter all clients come back at once"


@every_route
@invoked_and_streamed
def test_unloading_ends_the_retries(route: Route, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with route.speaking(always(failing(route, "overloaded")), max_retries=5) as (llm, server):
        monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: llm.unload()))
        response = ask(llm, how)

        assert len(route.chat_requests(server)) == 1

    assert response.error_code == "not_loaded"
