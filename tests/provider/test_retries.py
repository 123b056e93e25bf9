"""The retry policy of ``ChatLLM``, beyond what the scenarios of retries ask of every backend.

No recording tests: a recording shows neither repeated requests nor waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity.nap
from typing_extensions import override

from provider import LLMProviderError
from provider.adapters import ParsedChunks, chat_completion
from provider.chat import ChatLLM
from provider.chat.retries import FIRST_WAIT, LEAST_WAIT, LONGEST_WAIT
from provider.errors import ErrorKind
from provider.failures.waits import asked_wait
from tests.provider.routes import ask, invoked_and_streamed

HELLO = {"choices": [{"delta": {"content": "Hello"}}]}
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


class Failing(ChatLLM):
    """A backend whose tries have the given outcomes, the last one again and again.

    An outcome is a failure, or the chunks of an answer, among which a failure may be.
    """

    def __init__(self, *outcomes: Any, max_retries: int = 2) -> None:
        super().__init__("tiny", None, None, timeout=1, max_retries=max_retries)
        self.outcomes = outcomes
        self.tries = 0
        self.load()

    @override
    def connect(self) -> None:
        pass

    def _outcome(self) -> Any:
        self.tries += 1
        outcome = self.outcomes[min(self.tries, len(self.outcomes)) - 1]
        if isinstance(outcome, LLMProviderError):
            raise outcome
        return outcome

    @override
    def send(self, request: dict[str, Any]) -> Any:
        self._outcome()
        return chat_completion("Hello", finish_reason="stop")

    @override
    def open_stream(self, request: dict[str, Any]) -> ParsedChunks:
        return ParsedChunks(raised_among(self._outcome()), lambda: None)


def raised_among(chunks: list[Any]) -> Iterator[Any]:
    for chunk in chunks:
        if isinstance(chunk, LLMProviderError):
            raise chunk
        yield chunk


def failure(kind: ErrorKind, retry_after: float | None = None) -> LLMProviderError:
    return LLMProviderError("It failed.", kind=kind, retry_after=retry_after)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Records the seconds of each wait, and does not wait."""
    waited: list[float] = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=waited.append))
    return waited


@invoked_and_streamed
@pytest.mark.parametrize("kind", ErrorKind)
def test_a_failure_is_retried_if_it_is_retryable(how: str, kind: ErrorKind, waits: list[float]) -> None:
    llm = Failing(failure(kind))

    if kind == "context_limit":
        with pytest.raises(LLMProviderError):
            ask(llm, how)
    else:
        assert ask(llm, how).error_kind == kind

    assert llm.tries == 1 + len(waits) == (3 if kind.retryable else 1)


def test_nothing_of_a_failed_try_is_in_the_answer_of_the_next(waits: list[float]) -> None:
    thought = {"choices": [{"delta": {"reasoning": "Hm."}}]}
    llm = Failing([thought, failure(ErrorKind.INTERRUPTED)], [HELLO, STOP])

    response = ask(llm, "stream")

    assert (response.content, response.reasoning) == ("Hello", "")
    assert len(waits) == 1


@invoked_and_streamed
def test_retry_after_is_obeyed(how: str, waits: list[float]) -> None:
    response = ask(Failing(failure(ErrorKind.RATE_LIMIT, retry_after=7.0)), how)

    assert waits == [7.0, 7.0]
    assert response.retry_after == 7.0


def test_a_retry_after_beyond_the_longest_wait_is_left_to_the_caller(waits: list[float]) -> None:
    response = ask(Failing(failure(ErrorKind.RATE_LIMIT, retry_after=LONGEST_WAIT + 1)), "invoke")

    assert waits == []
    assert response.retryable


def test_without_retry_after_the_waits_grow_within_bounds(waits: list[float]) -> None:
    ask(Failing(failure(ErrorKind.OVERLOADED), max_retries=8), "invoke")

    bounds = [min(LONGEST_WAIT, FIRST_WAIT * 2**tried) for tried in range(8)]
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert waits != bounds, "without jitter all clients come back at once"


@invoked_and_streamed
def test_a_retry_after_of_zero_is_no_reason_to_retry_at_once(how: str, waits: list[float]) -> None:
    """A date that has passed is zero, too: a server with a wrong clock would be asked without a pause."""
    ask(Failing(failure(ErrorKind.OVERLOADED, retry_after=0.0), max_retries=8), how)

    assert len(waits) == 8
    assert min(waits) >= LEAST_WAIT


@pytest.mark.parametrize("said", ["nan", "-inf", "inf", "NaN", "1e999"])
def test_a_retry_after_that_is_no_number_is_none(said: str) -> None:
    assert asked_wait({"retry-after": said, "retry-after-ms": said}, None) is None


def test_no_retry_begins_after_the_total_timeout(waits: list[float]) -> None:
    llm = Failing(failure(ErrorKind.OVERLOADED, retry_after=20.0), max_retries=8)
    llm.total_timeout = 10.0

    assert ask(llm, "invoke").error_kind == "overloaded"
    assert waits == []


@invoked_and_streamed
def test_unloading_ends_the_retries(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    llm = Failing(failure(ErrorKind.OVERLOADED), max_retries=5)
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: llm.unload()))

    assert ask(llm, how).error_code == "not_loaded"
    assert llm.tries == 1
