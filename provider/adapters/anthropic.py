"""Converts chat completions to Anthropic's messages, and the answers back; free of I/O.

In Anthropic's API the system prompt is a field beside the messages, a tool
result is a message of the user, and text, thoughts and calls are blocks of
one content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from provider.adapters.messages import chat_completion
from provider.chat.decoding import raise_in_band_error
from provider.chat.finish_reasons import contract_reason
from provider.errors import malformed
from provider.json_values import mapping, mappings, text

MOST_TOKENS = 4096
"""The limit of an answer, in tokens, where the caller sets none: Anthropic requires one."""

_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def messages_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a chat completion as one for Anthropic's messages; common fields stay unchanged.

    Args:
        request: with messages as ``provider.chat.messages.normalised`` returns them.
    """
    fields = dict(request)
    messages = fields.pop("messages")
    fields["messages"] = _turns([each for each in messages if each["role"] not in ("system", "developer")])
    if system := [each["content"] for each in messages if each["role"] in ("system", "developer")]:
        fields["system"] = "\n\n".join(_text(content) for content in system)
    fields["max_tokens"] = fields.pop("max_completion_tokens", None) or fields.get("max_tokens", MOST_TOKENS)
    if stop := fields.pop("stop", None):
        fields["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if "tools" in fields:
        fields["tools"] = [_tool(tool) for tool in fields["tools"]]
    one_by_one = fields.pop("parallel_tool_calls", None) is False
    if "tools" in fields and (one_by_one or "tool_choice" in fields):
        choice = _choice(fields.get("tool_choice", "auto"))
        fields["tool_choice"] = {**choice, "disable_parallel_tool_use": True} if one_by_one else choice
    return fields


def completion_of(message: Any) -> dict[str, Any]:
    """One of Anthropic's messages as the body of a chat completion.

    Raises:
        LLMProviderError: ``message`` is an error, or not a message.
    """
    raise_in_band_error(message)
    content = mapping(message).get("content")
    if not isinstance(content, list):
        raise malformed("the answer is not a message", message)
    blocks = mappings(content)
    return chat_completion(
        _joined(blocks, "text"),
        [(each.get("id"), each.get("name", ""), each.get("input")) for each in _of(blocks, "tool_use")],
        contract_reason(message.get("stop_reason")),
        _tokens(message.get("usage")),
        reasoning_content=_joined(blocks, "thinking"),
        # Anthropic wants back all other blocks too: thoughts, and what its own tools have found.
        thinking_blocks=[block for block in blocks if block.get("type") not in ("text", "tool_use")],
    )


def _turns(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The turns of a conversation; Anthropic wants the results of parallel calls in one turn."""
    turns: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] != "tool":
            results = []
            turns.append({"role": message["role"], "content": _content(message)})
            continue
        if not results:
            turns.append({"role": "user", "content": results})
        content = _blocks(message["content"])
        results.append(
            {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": content}
        )
    return turns


def _content(message: Mapping[str, Any]) -> Any:
    calls, thoughts = message.get("tool_calls"), message.get("thinking_blocks")
    content = _blocks(message["content"])
    if not calls and not thoughts:
        return content
    texts = [{"type": "text", "text": content}] if isinstance(content, str) and content else content or []
    return [*(thoughts or []), *texts, *(_use(call) for call in calls or [])]


def _blocks(content: Any) -> Any:
    return [_block(part) for part in content] if isinstance(content, list) else content


def _block(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if part.get("type") != "image_url":
        return part
    url = part["image_url"]["url"]
    head, is_data, data = url.partition(";base64,")
    if not is_data:
        return {"type": "image", "source": {"type": "url", "url": url}}
    mime = head.removeprefix("data:")
    return {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}


def _use(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "type": "tool_use",
        "id": call["id"],
        "name": function["name"],
        "input": json.loads(function["arguments"]),
    }


def _tool(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool in Anthropic's form; a tool of Anthropic's own already has it."""
    function = tool.get("function")
    if not isinstance(function, Mapping):
        return tool
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    named = {name: function[name] for name in ("name", "description") if function.get(name)}
    return {**named, "input_schema": schema}


def _choice(choice: Any) -> Mapping[str, Any]:
    if isinstance(choice, Mapping):
        function = choice.get("function")
        return {"type": "tool", "name": function.get("name")} if isinstance(function, Mapping) else choice
    return {"type": _CHOICES.get(choice, choice)}


def _tokens(usage: Any) -> tuple[int | None, int | None, int | None]:
    """Tokens of prompt, cache and answer; Anthropic does not count cached tokens among the input tokens."""
    counts = mapping(usage)
    prompt, cached = counts.get("input_tokens"), counts.get("cache_read_input_tokens")
    beside = [each for each in (counts.get("cache_creation_input_tokens"), cached) if isinstance(each, int)]
    return prompt if prompt is None else prompt + sum(beside), cached, counts.get("output_tokens")


def _text(content: Any) -> str:
    parts = content if isinstance(content, list) else []
    return content if isinstance(content, str) else "\n\n".join(part.get("text", "") for part in parts)


def _of(blocks: Sequence[Mapping[str, Any]], *kinds: str) -> list[Mapping[str, Any]]:
    return [block for block in blocks if block.get("type") in kinds]


def _joined(blocks: Sequence[Mapping[str, Any]], kind: str) -> str:
    return "".join(text(block.get(kind)) for block in _of(blocks, kind))
