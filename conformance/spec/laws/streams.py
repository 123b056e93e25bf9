"""Streams: what they yield, and that their response is the one of a whole answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.spec.dialogue import Turn, request_of
from conformance.spec.laws.answers import is_the_answer, same_answer
from conformance.spec.laws.forms import has_whole_characters, well_formed
from provider.base import BaseLLM, Message
from provider.response import LLMResponse, LLMStream


def deltas_are_text(deltas: Sequence[Any], response: LLMResponse) -> None:
    """A stream yields non-empty texts, and together they are the content of its response."""
    for delta in deltas:
        assert isinstance(delta, str), f"a delta is {delta!r}, not a str"
        assert delta, "a delta is empty"
        has_whole_characters(delta)
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
