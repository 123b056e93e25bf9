"""A backend that does not know the contract is asked as it is, and judged by what it has.

Unit tests of what the scenarios ask in its place, and one run of the suite over a class of the five methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.spec import laws
from conformance.spec.contract import NotJudgedError, collecting_missing
from conformance.spec.dialogue import text, tools
from conformance.spec.strangers import StrangerLLM
from provider.errors import LLMProviderError
from tests.spec.plain import QUESTION, OverflowError_, Plain, Six, asked


def test_a_response_is_any_object_with_content() -> None:
    answer = asked(SimpleNamespace(content="Hello, world!")).invoke(QUESTION)
    missing: set[str] = set()
    with collecting_missing(missing):
        laws.well_formed(answer)
        laws.is_the_answer(answer, text.GREETING.answer)
    assert missing >= {"finish reasons", "reasoning", "token counts", "error kinds"}


def test_what_it_has_is_judged() -> None:
    wrong = asked(SimpleNamespace(content="Hello, world!", finish_reason="length")).invoke(QUESTION)
    with pytest.raises(AssertionError):
        laws.is_the_answer(wrong, text.GREETING.answer)


def test_reading_what_it_lacks_ends_the_scenario_as_not_judged() -> None:
    with pytest.raises(NotJudgedError, match="no finish reasons"):
        _ = asked(Six("Hello!")).invoke(QUESTION).finish_reason
    with pytest.raises(NotJudgedError, match="no capabilities"):
        asked().has_capability("image")


def test_none_is_not_the_same_as_lacking() -> None:
    assert asked(Six("Hello!")).invoke(QUESTION).prompt_tokens is None


def test_a_plain_generator_of_text_is_a_stream_without_calls_or_reasons() -> None:
    answer = laws.read(asked().stream(QUESTION))
    assert (answer.content, answer.error) == ("Hello, world!", None)
    with pytest.raises(NotJudgedError, match="no tool calls"):
        _ = answer.tool_calls


def test_leaving_a_stream_closes_the_generator() -> None:
    closed = []

    class Watched(Plain):
        def stream(self, messages: Any) -> Iterator[str]:
            try:
                yield from super().stream(messages)
            finally:
                closed.append(True)

    with StrangerLLM(Watched(), "tiny").stream(QUESTION) as stream:
        next(stream)
    assert closed == [True]


@pytest.mark.parametrize("how", ["returned", "raised"])
def test_an_error_may_be_returned_or_raised(how: str) -> None:
    llm = (
        asked(Six(error="slow down", error_code="provider_error"))
        if how == "returned"
        else asked(raises=OSError("slow down"))
    )
    laws.failed_as(llm.invoke(QUESTION), "rate_limit")


def test_a_stream_that_raises_keeps_its_text() -> None:
    answer = laws.read(asked(raises=OSError("cut")).stream(QUESTION))
    assert (answer.content, answer.error) == ("Hello, ", "cut")


@pytest.mark.parametrize("how", ["returned", "raised"])
def test_an_overflow_is_one_by_its_code_however_it_is_told(how: str) -> None:
    returned = Six(error="too long", error_code="context_limit")
    llm = asked(returned) if how == "returned" else asked(raises=OverflowError_("too long"))
    assert laws.overflows(lambda: llm.invoke(QUESTION)).message == "too long"


def test_an_overflow_that_is_told_as_any_error_is_not_judged() -> None:
    llm = asked(raises=OSError("too long"))
    with pytest.raises(NotJudgedError, match="no error kinds"):
        laws.overflows(lambda: llm.invoke(QUESTION))


def test_a_mistake_of_the_backend_is_no_error_of_a_provider() -> None:
    with pytest.raises(KeyError):
        asked(raises=KeyError("choices")).invoke(QUESTION)


def test_an_argument_that_a_method_does_not_accept_is_not_judged() -> None:
    with pytest.raises(NotJudgedError, match="no arguments of a call"):
        asked(Six()).invoke(QUESTION, max_tokens=3)


def test_tools_go_to_chat_with_tools_where_there_is_one() -> None:
    class Calling(Plain):
        def chat_with_tools(self, _messages: Any, tools: Any) -> Six:
            return Six(f"{len(tools)} tools")

    assert (
        StrangerLLM(Calling(), "tiny").invoke(QUESTION, tools=list(tools.PARALLEL.tools)).content == "1 tools"
    )


def test_the_contracts_own_error_is_raised_as_it_is() -> None:
    error = LLMProviderError("too long", "context_limit")
    with pytest.raises(LLMProviderError) as raised:
        asked(raises=error).invoke(QUESTION)
    assert (raised.value.code, raised.value.message) == ("context_limit", "too long")
