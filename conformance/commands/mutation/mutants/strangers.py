"""Mutants that lack an extension of the contract, and are wrong in what they have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from types import SimpleNamespace
from typing import Any

from conformance.commands.mutation.mutant import Mutation, killed_by
from conformance.commands.mutation.wrapping import Backend
from provider.response import LLMResponse

Told = Callable[[LLMResponse], Mapping[str, Any]]
"""The attributes of a response that a backend has, and what they hold."""


def plain(told: Told, streamed: Told | None = None) -> Mutation:
    """Make a class that does not inherit ``BaseLLM``; its answers have only the fields that ``told`` returns.

    Args:
        told: what it tells of an answer.
        streamed: what it tells of a stream's, where that is something else.
    """

    def mutated(right: Backend) -> Backend:
        class Plain:
            __signature__ = inspect.signature(right)

            def __init__(self, *args: Any, **options: Any) -> None:
                self._right = right(*args, **options)

            def load(self) -> bool:
                return bool(self._right.load())

            def unload(self) -> None:
                self._right.unload()

            def invoke(self, messages: Any, **options: Any) -> SimpleNamespace:
                return SimpleNamespace(**told(self._right.invoke(messages, **options)))

            def stream(self, messages: Any, **options: Any) -> Generator[str, None, SimpleNamespace]:
                inner = self._right.stream(messages, **options)
                yield from inner
                return SimpleNamespace(**(streamed or told)(inner.response))

        return Plain

    return mutated


MUTANTS = [
    *killed_by(
        "reasoning/think_tags_inside_the_text_stay_text",
        lacks_reasoning_and_drops_tags_of_streams=plain(
            lambda each: {"content": each.content, "tool_calls": each.tool_calls},
            lambda each: {"content": each.content.replace("<think>", "")},
        ),
    ),
    *killed_by(
        "error_kinds/an_error_event_may_be_plain_text",
        lacks_error_kinds_and_words=plain(
            lambda each: {"content": each.content, "error": each.error and "It failed."}
        ),
    ),
]
"""A missing field excuses what is said of that field, and no other fault."""
