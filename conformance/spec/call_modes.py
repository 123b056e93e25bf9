"""The two ways to ask a backend, as functions with the same signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from typing import TypeVar

from conformance.spec import laws
from conformance.spec.dialogue import text
from provider.base import BaseLLM, Message
from provider.response import LLMResponse

CallMode = Callable[[BaseLLM], LLMResponse]

Item = TypeVar("Item")


def by_invoke(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of ``invoke``."""
    return llm.invoke(messages)


def by_stream(llm: BaseLLM, messages: Sequence[Message] = text.GREETING.messages) -> LLMResponse:
    """The response of a stream that was read to its end, held to the laws of streams."""
    return laws.read(llm.stream(messages))


CALL_MODES: tuple[CallMode, ...] = (by_invoke, by_stream)


def in_turn(items: Iterable[Item], first: int = 0) -> list[tuple[Item, CallMode]]:
    """Each item with one of the two ways to ask, which alternate: all of both in half the calls.

    Args:
        items: what is asked about, for example the words of an error.
        first: an odd number begins with the stream, an even one with ``invoke``.
    """
    return list(zip(items, islice(cycle(CALL_MODES), first, None), strict=False))
