"""The two ways to ask a backend, as functions with the same signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.spec import laws
from conformance.spec.dialogue import text
from provider.base import BaseLLM, Message
from provider.response import LLMResponse

Way = Callable[[BaseLLM], LLMResponse]


def invoked(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of ``invoke``."""
    return llm.invoke(messages)


def streamed(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of a stream that was read to its end, held to the laws of streams."""
    return laws.read(llm.stream(messages))


WAYS: tuple[Way, ...] = (invoked, streamed)
