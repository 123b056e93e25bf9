"""The answer of a library that has words of its own, as a chat completion; free of I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def chat_completion(
    text: str | None,
    calls: Iterable[tuple[str | None, str, Any]] = (),
    finish_reason: str | None = None,
    tokens: tuple[int | None, int | None, int | None] = (None, None, None),
    **others: Any,
) -> dict[str, Any]:
    """The body of a chat completion, as ``ChatLLM`` decodes it.

    Args:
        text: what was said.
        calls: id, name and arguments of each tool call; the arguments as JSON text, or as an object.
        finish_reason: why the answer ended, in OpenAI's words; None where nobody said it.
        tokens: how many were sent, how many of these came from a cache, and were written; None for unknown.
        others: other fields of the message, such as ``reasoning_content``, ``refusal``, ``thinking_blocks``.
    """
    made = [{"id": one, "function": {"name": name, "arguments": given}} for one, name, given in calls]
    sent, cached, written = tokens
    usage = {
        "prompt_tokens": sent,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens": written,
    }
    message = {"content": text, "tool_calls": made, **others}
    return {"choices": [{"message": message, "finish_reason": finish_reason}], "usage": usage}
