"""Builds a chat completion from a library's own types; free of I/O."""

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
    """The body of a chat completion, which a backend's ``send`` returns.

    Args:
        text: the content.
        calls: id, name and arguments of each tool call; the arguments as JSON text, or as an object.
        finish_reason: why the answer ended, by OpenAI's names; None where it is unknown.
        tokens: of the prompt, of the prompt from the cache, and of the answer; None for unknown.
        others: other fields of the message, such as ``reasoning_content``, ``refusal``, ``thinking_blocks``.
    """
    tool_calls = [
        {"id": id_, "function": {"name": name, "arguments": arguments}} for id_, name, arguments in calls
    ]
    prompt, cached, completion = tokens
    usage = {
        "prompt_tokens": prompt,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens": completion,
    }
    message = {"content": text, "tool_calls": tool_calls, **others}
    return {"choices": [{"message": message, "finish_reason": finish_reason}], "usage": usage}
