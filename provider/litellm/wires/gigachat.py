"""What GigaChat's chat completions have of their own: one call a message, a reason and token counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.errors import refused
from provider.json_values import mapping, mappings
from provider.litellm.wires.ending import total, usage


def translated(data: Any) -> Any:
    """A body or an event with the finish reason and the token counts of chat completions.

    The tokens from the cache are counted beside those of the prompt.
    """
    if not isinstance(data, Mapping):
        return data
    choices = [
        {**choice, "finish_reason": contract_reason(choice.get("finish_reason"))}
        for choice in mappings(data.get("choices"))
    ]
    counts, cached = mapping(data.get("usage")), "precached_prompt_tokens"
    told = usage(
        total(counts, "prompt_tokens", cached), total(counts, "completion_tokens"), total(counts, cached)
    )
    return {**data, **({"choices": choices} if choices else {}), **({"usage": told} if told else {})}


def one_call_a_message(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages with each call in a message of its own, before its result."""
    results = {each["tool_call_id"]: each for each in messages if each.get("tool_call_id")}
    return [each for message in messages for each in _divided(message, results)]


def _divided(
    message: Mapping[str, Any], results: dict[Any, Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    calls = mappings(message.get("tool_calls"))
    if len(calls) < 2:
        if message.get("tool_call_id") is None or message["tool_call_id"] in results:
            yield message
        return
    for number, call in enumerate(calls):
        yield {**message, "tool_calls": [call], **({"content": ""} if number else {})}
        if (result := results.pop(call.get("id"), None)) is not None:
            yield result


def required_tool(request: Mapping[str, Any]) -> dict[str, Any]:
    """The tool choice of a request that requires any tool: GigaChat can only require one by its name.

    Raises:
        LLMProviderError: ``bad_request``, where there are several.
    """
    if request.get("tool_choice") != "required":
        return {}
    names = [mapping(tool.get("function")).get("name") for tool in mappings(request.get("tools"))]
    if len(names) != 1:
        raise refused("gigachat/ can require one tool, not any of several")
    return {"tool_choice": {"type": "function", "function": {"name": names[0]}}}
