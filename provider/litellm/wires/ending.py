"""The end of an answer: why it ended, and the tokens it took, by the names of chat completions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GUARDRAIL = "guardrail_intervened"
"""The code of a guardrail of Bedrock's that has masked a part of the answer, or replaced all of it."""

_MASK = re.compile(r"\{\w[\w -]*\}")
"""What a guardrail puts in the place of what it masks: the kind of it, such as ``{ADDRESS}``."""


@dataclass(frozen=True)
class Ending:
    """What has been reported of the end of an answer.

    Attributes:
        finish_reason: by the names of the contract; None where none was reported.
        finish_message: the provider's own code and words.
        is_last: whether the answer is complete though no reason was reported.
        usage: the token counts that the provider sent, by the names of chat completions.
        is_masked: whether a guardrail has only masked some words, so that the answer is whole; None where
            nothing is reported of it.
    """

    finish_reason: str | None = None
    finish_message: str | None = None
    is_last: bool = False
    usage: Mapping[str, Any] = field(default_factory=dict)
    is_masked: bool | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the answer has ended, and was not cut."""
        return self.is_last or self.finish_reason is not None

    def choice(self, answer: str, *, calls_tools: bool) -> dict[str, Any]:
        """This end as fields of a choice; Gemini and Ollama have no reason of their own for tool calls.

        Args:
            answer: the text of the answer, which shows the masks of a guardrail that sends no trace.
            calls_tools: whether the answer calls tools.
        """
        reason = "tool_calls" if calls_tools and self.finish_reason == "stop" else self.finish_reason
        is_masked = self.is_masked
        if is_masked is None and self.finish_message == GUARDRAIL:
            is_masked = _MASK.search(answer) is not None
        return {"finish_reason": reason, "finish_message": self.finish_message, "is_masked": is_masked}

    def then(self, later: Ending) -> Ending:
        """This and what a later event reports; the later report wins."""
        return Ending(
            later.finish_reason or self.finish_reason,
            later.finish_message or self.finish_message,
            self.is_last or later.is_last,
            {**self.usage, **later.usage},
            self.is_masked if later.is_masked is None else later.is_masked,
        )


def usage(prompt: int | None, completion: int | None, cached: int | None = None) -> dict[str, Any]:
    """A usage of chat completions; None stands for a count that was not sent, which is left out."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    fields: dict[str, Any] = {name: count for name, count in counts.items() if count is not None}
    return fields if cached is None else {**fields, "prompt_tokens_details": {"cached_tokens": cached}}


def total(counts: Mapping[str, Any], first: str, *others: str) -> int | None:
    """The sum of some token counts, None where the ``first`` of them was not sent."""
    numbers = [counts[name] for name in (first, *others) if isinstance(counts.get(name), int)]
    return sum(numbers) if isinstance(counts.get(first), int) else None
