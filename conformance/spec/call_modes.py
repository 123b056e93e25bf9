"""The two ways to ask a backend, as functions with the same signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.spec import laws
from conformance.spec.dialogue import text
from provider.base import BaseLLM, Message
from provider.response import LLMResponse

CallMode = Callable[[BaseLLM], LLMResponse]


def by_invoke(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of ``invoke``."""
    return llm.invoke(messages)


def by_stream(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of a stream that was read to its end, held to the laws of streams."""
    return laws.read(llm.stream(messages))


CALL_MODES: tuple[CallMode, ...] = (by_invoke, by_stream)
