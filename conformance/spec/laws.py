"""The laws that every answer of every backend obeys, as functions that assert them.

Scenarios and the interview call these functions and do not repeat their assertions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from conformance.spec.contract import NotJudgedError, told
from conformance.spec.dialogue import Answer, Turn, request_of
from conformance.spec.expectations import record_expected, record_raised
from provider.base import BaseLLM, Message
from provider.errors import ErrorKind, LLMProviderError
from provider.response import LLMResponse, LLMStream

CODES = {None, "not_loaded", "context_limit", "provider_error"}


class ErrorInsteadError(AssertionError):
    """A backend returned an error where an answer was expected."""

    def __init__(self, response: LLMResponse) -> None:
        super().__init__(f"an error came instead of an answer: {response.error_kind}: {response.error}")
        self.response = response


def well_formed(response: LLMResponse) -> None:
    """Every field has the type that the contract promises, in an answer and in an error."""
    record_expected(response)
    assert isinstance(response.content, str), f"content is {response.content!r}, not a str"
    _has_whole_characters(response.content)
    if told(response, "reasoning"):
        assert isinstance(response.reasoning, str), f"reasoning is {response.reasoning!r}, not a str"
        _has_whole_characters(response.reasoning)
    for field in ("prompt_tokens", "cached_prompt_tokens", "completion_tokens"):
        tokens = getattr(response, field) if told(response, field) else None
        assert tokens is None or type(tokens) is int, f"{field} is {tokens!r}, not an int"
        assert tokens is None or tokens >= 0, f"{field} is negative: {tokens}"
    if (sent := getattr(response, "prompt_tokens", None)) is not None:
        cached = getattr(response, "cached_prompt_tokens", None) or 0
        assert cached <= sent, "more tokens cached than sent"
    if told(response, "error_code"):
        assert response.error_code in CODES, f"unknown error_code {response.error_code!r}"
        assert response.is_error == (response.error_code is not None)
    if told(response, "error_kind"):
        assert response.is_error == (response.error_kind is not None)
        assert response.error_kind is None or response.error_kind in list(ErrorKind)
    if told(response, "tool_calls"):
        _calls_are_well_formed(response)


def _calls_are_well_formed(response: LLMResponse) -> None:
    assert isinstance(response.tool_calls, list), f"tool_calls is {response.tool_calls!r}, not a list"
    for call in response.tool_calls:
        assert set(call) == {"id", "name", "arguments"}, f"a tool call has the fields {sorted(call)}"
    ids = [call["id"] for call in response.tool_calls]
    assert all(isinstance(each, str) and each for each in ids), f"a tool call has no id: {ids}"
    assert len(set(ids)) == len(ids), f"tool calls share an id: {ids}"
    for call in response.tool_calls:
        assert isinstance(call["arguments"], str), f"arguments are {call['arguments']!r}, not JSON text"
        _has_whole_characters(call["name"], call["arguments"])
    assert response.has_tool_calls == bool(response.tool_calls)


def _has_whole_characters(*texts: str) -> None:
    for text in texts:
        halves = [character for character in text if "\ud800" <= character <= "\udfff"]
        assert not halves, f"half a character: {text!r}"


def is_an_answer(response: LLMResponse) -> None:
    """The response is an answer and not an error; its content is not checked.

    Raises:
        ErrorInsteadError: it is an error.
    """
    record_expected(response, error=None)
    if response.is_error:
        raise ErrorInsteadError(response)


def has_fields(response: LLMResponse, **fields: Any) -> None:
    """These fields of the response have exactly these values."""
    record_expected(response, **fields)
    assert {name: getattr(response, name) for name in fields} == fields


def is_the_answer(response: LLMResponse, answer: Answer) -> None:
    """The response has the text, the calls in order, the reasoning and the finish reason of ``answer``."""
    _note_with_answer(response, answer)
    is_an_answer(response)
    assert response.content == answer.text
    if told(response, "tool_calls"):
        assert calls_of(response) == [(call.name, dict(call.arguments)) for call in answer.calls]
    if told(response, "reasoning"):
        assert response.reasoning == answer.reasoning
    if told(response, "finish_reason"):
        assert response.finish_reason == answer.finish_reason


def _note_with_answer(response: LLMResponse, answer: Answer) -> None:
    record_expected(
        response,
        content=answer.text,
        tool_calls=[{"name": call.name, "arguments": json.dumps(call.arguments)} for call in answer.calls],
        reasoning=answer.reasoning,
        finish_reason=answer.finish_reason,
    )


def same_answer(streamed: LLMResponse, invoked: LLMResponse) -> None:
    """Streamed and invoked, a script has the same text, reasoning, calls, finish reason and tokens."""
    names = ("reasoning", "finish_reason", "prompt_tokens", "completion_tokens")
    fields = [name for name in names if told(invoked, name) and told(streamed, name)]
    record_expected(streamed, content=invoked.content, **{name: getattr(invoked, name) for name in fields})
    assert streamed.content == invoked.content
    if told(streamed, "tool_calls"):
        assert calls_of(streamed) == calls_of(invoked)
    for name in fields:
        assert getattr(streamed, name) == getattr(invoked, name), name


def answers_turn(response: LLMResponse, turn: Turn) -> None:
    """A real model answers ``turn`` as far as its prompt forces the answer; its reasoning is its own."""
    _note_with_answer(response, turn.answer)
    is_an_answer(response)
    assert turn.matcher(response.content) == turn.matcher(turn.answer.text)
    made = [(call.name, dict(call.arguments)) for call in turn.answer.calls]
    if told(response, "tool_calls"):
        assert turn.comparable_calls(calls_of(response)) == turn.comparable_calls(made)
    if told(response, "finish_reason"):
        assert response.finish_reason == turn.answer.finish_reason
    if told(response, "reasoning"):
        reasoning = response.reasoning.strip()
        assert not reasoning or reasoning != response.content.strip(), "the reasoning repeats the answer"


def begins_answer(response: LLMResponse, turn: Turn) -> None:
    """The text of a real model that was cut off is the beginning of the answer, apart from white space."""
    text, said = ("".join(each.split()) for each in (turn.answer.text, response.content))
    assert text.startswith(said)


def equivalent_answers(streamed: LLMResponse, invoked: LLMResponse, turn: Turn) -> None:
    """A real model that is asked twice gives the same answer, as far as the prompt forces it.

    The prompt has the same number of tokens both times, and so has an answer with the same text.
    """
    record_expected(streamed, content=invoked.content)
    assert turn.matcher(streamed.content) == turn.matcher(invoked.content)
    if told(streamed, "tool_calls"):
        assert turn.comparable_calls(calls_of(streamed)) == turn.comparable_calls(calls_of(invoked))
    for name in ("finish_reason", "prompt_tokens"):
        if told(streamed, name) and told(invoked, name):
            record_expected(streamed, **{name: getattr(invoked, name)})
            assert getattr(streamed, name) == getattr(invoked, name), name
    if not (told(streamed, "completion_tokens") and told(invoked, "completion_tokens")):
        return
    if _text_of(streamed) == _text_of(invoked) and not (_hides_tokens(streamed) or _hides_tokens(invoked)):
        assert streamed.completion_tokens == invoked.completion_tokens


def _text_of(response: LLMResponse) -> str:
    """Everything that the model wrote: content, reasoning, names and arguments of calls, and no ids."""
    calls = [call[part] for call in getattr(response, "tool_calls", []) for part in ("name", "arguments")]
    return "\n".join([response.content, getattr(response, "reasoning", ""), *calls])


def _hides_tokens(response: LLMResponse) -> bool:
    """Whether it has more tokens than its text has bytes, because the provider hides the reasoning."""
    return (response.completion_tokens or 0) > len(_text_of(response).encode("utf-8"))


def deltas_are_text(deltas: Sequence[Any], response: LLMResponse) -> None:
    """A stream yields non-empty texts, and together they are the content of its response."""
    for delta in deltas:
        assert isinstance(delta, str), f"a delta is {delta!r}, not a str"
        assert delta, "a delta is empty"
        _has_whole_characters(delta)
    assert "".join(deltas) == response.content


def read(stream: LLMStream) -> LLMResponse:
    """Read a stream to its end, assert the laws of every stream, and return its response."""
    deltas_are_text(list(stream), stream.response)
    well_formed(stream.response)
    return stream.response


def ask_both_ways(
    llm: BaseLLM, messages: Sequence[Message], **kwargs: Any
) -> tuple[LLMResponse, LLMResponse]:
    """The response of ``invoke`` and that of ``stream``; both are checked by the laws of every answer."""
    invoked = llm.invoke(messages, **kwargs)
    well_formed(invoked)
    return invoked, read(llm.stream(messages, **kwargs))


def answers_both_ways(llm: BaseLLM, turn: Turn, **kwargs: Any) -> None:
    """A backend gives the answer of ``turn`` by ``invoke`` and by ``stream``."""
    invoked, streamed = ask_both_ways(llm, turn.messages, **request_of(turn), **kwargs)
    is_the_answer(invoked, turn.answer)
    is_the_answer(streamed, turn.answer)
    same_answer(streamed, invoked)


MADE_UP = None
"""In place of an id: the server sent no id, so the backend makes one."""

Calls = list[tuple[str | None, str, str]]
"""Calls by id, name and arguments; the arguments are text, which need not be JSON."""


def calls_are(response: LLMResponse, calls: Calls) -> None:
    """The response is an answer with exactly these calls, in this order."""
    record_expected(
        response, tool_calls=[{"name": name, "arguments": arguments} for _, name, arguments in calls]
    )
    assert response.error is None, f"an error came instead of calls: {response.error}"
    decoded = [(call["id"], call["name"], call["arguments"]) for call in response.tool_calls]
    assert [call[1:] for call in decoded] == [call[1:] for call in calls]
    for (given, *_), (sent, *_) in zip(decoded, calls, strict=True):
        assert sent in (given, MADE_UP), f"the id {sent} came back as {given}"


def counts_tokens(response: LLMResponse) -> None:
    """The response has the token counts of prompt and answer."""
    for field in ("prompt_tokens", "completion_tokens"):
        if told(response, field):
            tokens = getattr(response, field)
            assert tokens, f"{field} is {tokens}"


def unchanged(before: Any, after: Any) -> None:
    """The backend has not changed the caller's messages, tools and keyword arguments."""
    assert after == before, "the backend changed what it was given"


def failed_as(response: LLMResponse, kind: str, code: str = "provider_error") -> None:
    """The response is an error of this kind, with a message."""
    record_expected(response, error_kind=kind, error_code=code)
    assert response.error, "an error without a message" if response.is_error else "an answer came"
    if told(response, "error_kind"):
        assert response.error_kind == kind, f"{response.error_kind}: {response.error}"
    if told(response, "error_code"):
        assert response.error_code == code


def refused(response: LLMResponse) -> None:
    """The response refuses what the backend cannot do: a ``bad_request`` with a message, not retryable."""
    failed_as(response, "bad_request")
    assert response.retryable is False


def overflows(ask: Callable[[], object]) -> LLMProviderError:
    """Asking raises a context overflow, so that the caller compacts and asks again; returns the error.

    Raises:
        NotJudgedError: it fails, and the backend tells no overflow from another error.
    """
    answer, raised = None, None
    try:
        answer = ask()
    except LLMProviderError as error:
        raised = error
    if isinstance(answer, LLMResponse) and answer.is_error and not told(answer, "error_kind"):
        raise NotJudgedError("error kinds")
    assert raised is not None, f"no overflow was raised, but this came: {answer!r}"
    record_raised(raised, error_kind="context_limit", error_code="context_limit")
    assert (raised.kind, raised.code) == ("context_limit", "context_limit")
    return raised


def fails_as(ask: Callable[[], LLMResponse], kind: str) -> str:
    """Asking fails as this kind: an overflow is raised, any other error returned; returns the message."""
    if kind == "context_limit":
        return overflows(ask).message
    response = ask()
    failed_as(response, kind)
    return str(response.error)


def calls_of(response: LLMResponse) -> list[tuple[str, Any]]:
    """Name and parsed arguments of each call: servers space JSON differently."""
    return [(call["name"], json.loads(call["arguments"])) for call in response.tool_calls]
