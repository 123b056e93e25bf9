"""What a stranger may return, how it may be called, and the sentence about what cannot be asked.

Unit tests: each is about one form, which the suite would meet in every scenario.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.spec import laws
from conformance.spec.contract import NotJudgedError, collecting_missing
from conformance.spec.forms import FormError
from conformance.spec.strangers import StrangerLLM
from tests.spec.plain import QUESTION, Plain, Six, asked

FUNCTION = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
FLAT = {"id": "c1", "name": "get_weather"}
FORMS = [
    {"id": "c1", "type": "function", "function": FUNCTION},
    SimpleNamespace(id="c1", function=SimpleNamespace(**FUNCTION)),
    {"id": "c1", **FUNCTION},
    {**FLAT, "args": {"city": "Paris"}},
    SimpleNamespace(**FLAT, input={"city": "Paris"}),
]


@pytest.mark.parametrize(
    "call",
    FORMS,
    ids=["chat completions", "an object", "the contract", "parsed", "an object with parsed ones"],
)
def test_a_call_may_have_any_usual_form(call: Any) -> None:
    answer = asked(Six(tool_calls=[call])).invoke(QUESTION)
    laws.calls_are(answer, [("c1", "get_weather", '{"city": "Paris"}')])


@pytest.mark.parametrize("answer", ["Hello!", {"content": "Hello!"}, SimpleNamespace(content="Hello!")])
def test_a_response_may_be_a_text_a_mapping_or_an_object(answer: Any) -> None:
    assert asked(answer).invoke(QUESTION).content == "Hello!"


def test_a_response_that_has_no_tool_calls_is_not_judged_by_them() -> None:
    with pytest.raises(NotJudgedError, match="no tool calls"):
        _ = asked("Hello!").invoke(QUESTION).tool_calls
    assert asked({"content": "", "tool_calls": None}).invoke(QUESTION).tool_calls == []


def test_the_fields_of_a_mapping_are_judged() -> None:
    answer = asked({"content": "Hello!", "finish_reason": "length", "tool_calls": FORMS[:1]}).invoke(QUESTION)
    assert answer.finish_reason == "length"
    laws.calls_are(answer, [("c1", "get_weather", '{"city": "Paris"}')])


@pytest.mark.parametrize("form", [dict, SimpleNamespace])
def test_a_delta_may_be_an_object_or_a_mapping_and_the_last_ones_may_be_empty(form: Any) -> None:
    class Chunks(Plain):
        def stream(self, _messages: Any) -> Iterator[Any]:
            yield from (form(content=each) for each in ("Hello, ", "world!", "", None))

    assert list(StrangerLLM(Chunks(), "tiny").stream(QUESTION)) == ["Hello, ", "world!"]


class Streaming(Plain):
    """A class whose stream is whatever it is given as an answer."""

    def stream(self, _messages: Any) -> Any:
        return self.answer


class Demanding(Plain):
    def invoke(self, _messages: Any, _tenant: str) -> Any: ...  # type: ignore[override]


async def later() -> str:
    return "Hello!"


async def deltas_later() -> AsyncIterator[str]:
    yield "Hello!"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: asked(("Hello!", 3)).invoke(QUESTION), "an answer is a tuple: it must be a text, or have"),
        (lambda: asked().invoke(QUESTION), "an answer is a NoneType"),
        (lambda: asked({"choices": []}).invoke(QUESTION), "an answer is a dict"),
        (lambda: asked(later()).invoke(QUESTION), "an answer must be awaited, and no method is a coroutine"),
        (
            lambda: StrangerLLM(Streaming(deltas_later()), "t").stream(QUESTION),
            "a stream must be awaited, and",
        ),
        (lambda: StrangerLLM(Streaming(later()), "t").stream(QUESTION), "a stream must be awaited, and"),
        (lambda: StrangerLLM(Streaming("Hello!"), "t").stream(QUESTION), "a stream is a str: it must be an"),
        (lambda: StrangerLLM(Streaming(), "t").stream(QUESTION), "a stream is a NoneType"),
        (lambda: list(StrangerLLM(Streaming([{"choices": []}]), "t").stream(QUESTION)), "a delta is a dict"),
        (lambda: StrangerLLM(SimpleNamespace(stream=later), "t"), "SimpleNamespace has no method invoke"),
        (lambda: StrangerLLM(Demanding(), "t").invoke(QUESTION), "cannot be called with the messages alone"),
    ],
    ids=[
        *("tuple", "none", "body", "awaitable", "async-stream", "awaitable-stream"),
        *("whole-stream", "no-stream", "chunk-of-the-wire"),
        *("no-invoke", "demanding"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(ask: Any, words: str) -> None:
    with pytest.raises(FormError, match=words):
        ask()


class Anything(Plain):
    """Accepts any arguments of a call, as a class does that hands them to its server."""

    def invoke(self, _messages: Any, **options: Any) -> Six:
        return Six(str(sorted(options)))


@pytest.mark.parametrize("given", [{"attachments": [b""]}, {"timeout": 1}, {"extra_headers": {"a": "b"}}])
def test_what_only_our_contract_has_must_be_accepted_by_name(given: Any) -> None:
    class Named(Plain):
        def invoke(
            self, _messages: Any, attachments: Any = (), timeout: Any = 0, extra_headers: Any = ()
        ) -> Six:
            return Six(f"{attachments} {timeout} {extra_headers}")

    with pytest.raises(NotJudgedError, match="no arguments of a call"):
        StrangerLLM(Anything(), "tiny").invoke(QUESTION, **given)
    assert StrangerLLM(Anything(), "tiny").invoke(QUESTION, max_tokens=3).content == "['max_tokens']"
    assert StrangerLLM(Named(), "tiny").invoke(QUESTION, **given).error is None


@pytest.mark.parametrize("about", ["configuration", "lifecycle"])
def test_a_class_is_not_asked_for_conventions_that_it_does_not_claim(about: str) -> None:
    with collecting_missing(set(), about), pytest.raises(NotJudgedError, match=f"no {about}"):
        StrangerLLM(Plain(), "tiny")
    with collecting_missing(set(), "concurrency"):
        StrangerLLM(Plain(), "tiny")
