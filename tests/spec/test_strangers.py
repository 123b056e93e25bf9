"""A backend that does not know the contract is asked as it is, and judged by what it has.

Unit tests of what the scenarios ask in its place, and one run of the suite over a class of the five methods.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.runner.targets.target import BindingError, Target
from conformance.spec import laws
from conformance.spec.contract import NotJudgedError, collecting_missing
from conformance.spec.dialogue import text, tools
from conformance.spec.strangers import StrangerLLM
from provider.base import BaseLLM
from provider.errors import LLMProviderError

QUESTION = text.GREETING.messages
FUNCTION = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
FORMS = [
    {"id": "c1", "type": "function", "function": FUNCTION},
    SimpleNamespace(id="c1", function=SimpleNamespace(**FUNCTION)),
    {"id": "c1", **FUNCTION},
]


@dataclass
class Six:
    """The response of an application: six fields, and no finish reason."""

    content: str = ""
    tool_calls: list[Any] = field(default_factory=list)
    prompt_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    error: str | None = None
    error_code: str | None = None


class OverflowError_(RuntimeError):
    code = "context_limit"


class Plain:
    """A class with the methods of the base, which does what it is told."""

    def __init__(self, answer: Any = None, raises: Exception | None = None) -> None:
        self.answer, self.raises = answer, raises

    def invoke(self, _messages: Any) -> Any:
        if self.raises is not None:
            raise self.raises
        return self.answer

    def stream(self, _messages: Any) -> Iterator[str]:
        yield "Hello, "
        if self.raises is not None:
            raise self.raises
        yield "world!"


def asked(answer: Any = None, raises: Exception | None = None) -> StrangerLLM:
    llm = StrangerLLM(Plain(answer, raises), "tiny")
    assert llm.load() is True
    return llm


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


@pytest.mark.parametrize(
    "call",
    FORMS,
    ids=["chat completions", "an object", "the contract"],
)
def test_a_call_may_have_any_usual_form(call: Any) -> None:
    answer = asked(Six(tool_calls=[call])).invoke(QUESTION)
    laws.calls_are(answer, [("c1", "get_weather", '{"city": "Paris"}')])


def test_a_plain_generator_of_text_is_a_stream_without_calls_or_reasons() -> None:
    answer = laws.read(asked().stream(QUESTION))
    assert (answer.content, answer.error) == ("Hello, world!", None)
    with pytest.raises(NotJudgedError, match="no responses of streams"):
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


def built(cls: type, **declared: Any) -> BaseLLM:
    """An instance of ``cls``, as a target builds it."""
    globals()["Built"] = cls
    target = Target("mine", "engine", f"{__name__}:Built", "tiny", "openai", **declared)
    return target.build("http://127.0.0.1:9", "sk-key", timeout=5, max_retries=2)


def test_a_class_gets_the_arguments_that_it_accepts_by_its_own_names() -> None:
    class Own:
        def __init__(self, model_name: str, api_base: str, key: str | None = None) -> None:
            self.given = (model_name, api_base, key)

    assert isinstance(llm := built(Own), StrangerLLM)
    assert llm.own.given == ("tiny", "http://127.0.0.1:9", "sk-key")


def test_the_first_argument_is_the_model_whatever_it_is_called() -> None:
    class Own:
        def __init__(self, which: str, *, timeout: float = 0) -> None:
            self.given = (which, timeout)

    assert isinstance(llm := built(Own), StrangerLLM)
    assert llm.own.given == ("tiny", 5)


def test_a_declared_name_is_used_and_an_empty_one_is_not_given() -> None:
    class Own:
        def __init__(self, secret: str = "", **others: Any) -> None:
            self.given = (secret, others)

    declared = {"model": "", "api_key": "secret", "base_url": "where", "timeout": "", "max_retries": ""}
    assert isinstance(llm := built(Own, constructor=declared), StrangerLLM)
    assert llm.own.given == ("sk-key", {"where": "http://127.0.0.1:9"})


def test_an_argument_that_nobody_knows_is_named() -> None:
    class Own:
        def __init__(self, model: str, tenant: str) -> None: ...

    with pytest.raises(BindingError, match="Own demands tenant: say what it is"):
        built(Own)
    assert built(Own, options={"tenant": "mine"})


def test_the_contracts_own_error_is_raised_as_it_is() -> None:
    error = LLMProviderError("too long", "context_limit")
    with pytest.raises(LLMProviderError) as raised:
        asked(raises=error).invoke(QUESTION)
    assert (raised.value.code, raised.value.message) == ("context_limit", "too long")
