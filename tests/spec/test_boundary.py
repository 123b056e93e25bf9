"""What a backend returns is of exact types, and what it raises is an error, before a scenario sees it.

Unit tests: a scenario that could see the difference would be one that a lying backend passes.
"""

from __future__ import annotations

import signal
import unittest
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.spec.boundary import ERRORS_ONLY, NotAnErrorError, bounded
from conformance.spec.contract import NotJudgedError
from conformance.spec.dialogue import Answer, text
from conformance.spec.exact import exact
from conformance.spec.laws import is_the_answer
from conformance.spec.strangers import HeardResponse
from provider.base import BaseLLM
from provider.errors import ErrorKind
from provider.response import LLMResponse, LLMStream

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def lying(kind: type) -> Any:
    """A subclass that equals everything."""
    methods = {"__eq__": lambda *_: True, "__hash__": lambda _: 0, "__str__": lambda _: "another"}
    return type("Lying", (kind,), methods)


def disguised(value: Any) -> Any:
    """The same value in types that equal everything."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        return lying(list)(map(disguised, value))
    if isinstance(value, dict):
        return lying(dict)({name: disguised(each) for name, each in value.items()})
    return lying(type(value))(value)


@given(PLAIN)
def test_a_value_of_lying_types_is_the_value_that_it_was(value: Any) -> None:
    found = exact(disguised(value))
    assert found == value
    assert repr(found) == repr(value), "each is of an exact type, at any depth"


@pytest.mark.parametrize("kind", [object, set, BaseException])
def test_what_is_no_type_of_the_contract_equals_nothing_and_is_named(kind: type) -> None:
    assert lying(kind)() == "anything"
    assert exact(lying(kind)()) != "anything"
    assert exact({"at": [lying(kind)()]}) != {"at": ["any depth"]}
    assert "Lying" in repr(exact(lying(kind)()))


class Answering(BaseLLM):
    """A backend that returns, or raises, what it is given."""

    def __init__(self, answer: Any) -> None:
        super().__init__("tiny")
        self.answer = answer

    def load(self) -> bool:
        return bool(self.invoke([]))

    def unload(self) -> None:
        self.invoke([])

    def invoke(self, *_: Any, **__: Any) -> LLMResponse:
        if isinstance(self.answer, BaseException):
            raise self.answer
        found: LLMResponse = self.answer
        return found

    def stream(self, *_: Any, **__: Any) -> LLMStream:
        def deltas() -> Generator[str, None, LLMResponse]:
            response = self.invoke([])
            yield response.content
            return response

        return LLMStream(deltas)


class Any_(LLMResponse):
    content = property(lambda _: lying(str)("wrong"), lambda *_: None)


@pytest.mark.parametrize("answer", [LLMResponse(lying(str)("wrong"), finish_reason="stop"), Any_()])
@pytest.mark.parametrize("how", ["invoke", "stream", "chat_with_tools"])
def test_a_law_is_not_passed_by_a_text_that_equals_everything(answer: LLMResponse, how: str) -> None:
    llm = bounded(Answering(answer))
    given = getattr(llm, how)(text.GREETING.messages)
    if how == "stream":
        assert list(map(type, given)) == [str]
        given = given.response
    with pytest.raises(AssertionError):
        is_the_answer(given, text.GREETING.answer)


def test_the_kind_of_an_error_and_what_a_provider_wants_back_stay_what_they_are() -> None:
    state = {"signed": object()}
    answer = LLMResponse(error="no", error_kind=ErrorKind.SERVER, provider_state=state)
    heard = bounded(Answering(answer)).invoke([])
    assert heard.retryable
    assert heard.provider_state is state


class Own(BaseException):
    pass


@pytest.mark.parametrize(
    "raised",
    [
        *(SystemExit(0), GeneratorExit(), Own(), pytest.skip.Exception("no"), pytest.xfail.Exception("no")),
        *(unittest.SkipTest("no"), NotJudgedError("reasoning")),
    ],
    ids=repr,
)
@pytest.mark.parametrize("call", ["load", "unload", "invoke", "stream", "chat_with_tools"])
def test_what_would_end_a_process_or_a_test_is_an_error(raised: BaseException, call: str) -> None:
    llm = bounded(Answering(raised))
    asked = getattr(llm, call)
    with pytest.raises(NotAnErrorError, match=type(raised).__name__):
        list(asked([])) if call == "stream" else asked(*[[]] * (call == "chat_with_tools"))


@pytest.mark.parametrize("leave", [lambda: pytest.skip("no"), lambda: pytest.fail("no")])
def test_what_another_file_raises_by_pytest_is_not_the_suites(leave: Callable[[], None]) -> None:
    with pytest.raises(NotAnErrorError), ERRORS_ONLY:
        leave()


def test_a_stranger_may_lack_what_a_scenario_asks() -> None:
    with pytest.raises(NotJudgedError), ERRORS_ONLY:
        _ = HeardResponse(lacks=["reasoning"]).reasoning


def test_a_backend_cannot_say_of_a_response_what_it_lacks() -> None:
    answer = LLMResponse("wrong", finish_reason="length")
    vars(answer)["absent"] = frozenset(("finish_reason", "tool_calls", "reasoning"))
    with pytest.raises(AssertionError):
        is_the_answer(bounded(Answering(answer)).invoke([]), Answer("wrong"))


@pytest.fixture
def handler_of_ctrl_c() -> Iterator[None]:
    """Puts back what the test sets: a process that was started in the background ignores Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("handler_of_ctrl_c")
def test_ctrl_c_is_nobodys_fault_where_it_can_be_pressed() -> None:
    """In a worker it cannot: there the backend has raised it."""
    llm = bounded(Answering(KeyboardInterrupt()))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        llm.invoke([])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with pytest.raises(NotAnErrorError):
        llm.invoke([])
