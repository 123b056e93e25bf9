"""The caller's messages and the library's answers, for a library that has its own classes for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from provider.errors import refused


def turns(
    messages: Iterable[Mapping[str, Any]], image: Callable[[str], Any]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The parts of each message, for a library that has a class for each kind of part.

    Args:
        messages: as ``normalised`` returns them.
        image: turns the URL of an image into the library's object for it.

    Yields:
        The role, ``system``, ``user``, ``assistant`` or ``tool``, and its parts, each a tuple: the role and
        the content; or ``call``, name, arguments as JSON text, id; or ``result``, name, content, id.

    Raises:
        LLMProviderError: ``bad_request``, for a part of a content that is neither text nor an image.
    """
    names: dict[Any, str] = {}
    for message in messages:
        role, content, call_id = message["role"], message["content"], message.get("tool_call_id")
        if isinstance(content, list):
            content = [
                image(part["image_url"]["url"]) if "image_url" in part else _text(part) for part in content
            ]
        calls = [(call["id"], call["function"]) for call in message.get("tool_calls", ())]
        names.update((id_, function["name"]) for id_, function in calls)
        parts: list[tuple[Any, ...]] = [("system" if role == "developer" else role, content)]
        if role == "tool":
            parts = [("result", names.get(call_id, ""), content, call_id)]
        elif calls and not content:
            parts = []
        parts += [("call", function["name"], function["arguments"], id_) for id_, function in calls]
        yield "system" if role == "developer" else role, parts


def _text(part: Mapping[str, Any]) -> str:
    if "text" not in part:
        raise refused(f"a part of the type {part.get('type')} cannot be sent: only texts and images can")
    return str(part["text"])


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
