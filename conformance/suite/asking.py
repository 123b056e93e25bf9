"""The two ways to ask a backend, as two functions of one form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance import laws
from conformance.dialogue import text
from provider.base import BaseLLM, Message
from provider.response import LLMResponse

Way = Callable[[BaseLLM], LLMResponse]


def invoked(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """What invoke gives."""
    return llm.invoke(messages)


def streamed(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """What a stream ends in, read by the laws of streams."""
    return laws.read(llm.stream(messages))


WAYS: tuple[Way, ...] = (invoked, streamed)
