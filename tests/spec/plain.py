"""A class with the methods of the base, and the response of an application, for the tests of strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.spec.dialogue import text
from conformance.spec.strangers import StrangerLLM

QUESTION = text.GREETING.messages


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
