"""The end of a chat completion: where litellm has to read it, and by the names of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.choices import choice_zero
from provider.chat.finish_reasons import contract_reason
from provider.chat.usage import usage_of
from provider.json_values import json_or, mapping, mappings, text
from provider.litellm.wires.ending import Ending


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a completion or a chunk reports of the end; None where it has another form."""
    if "choices" not in data:
        return None
    reason = contract_reason(choice_zero(data["choices"]).get("finish_reason"))
    return Ending(reason, usage=mapping(usage_of(data)))


def with_written_calls(body: Any, offered: set[str]) -> Any:
    """A completion in which a call that is written as the text of the answer is a call.

    Args:
        body: the completion.
        offered: the names of the tools that may be called.
    """
    choices = mappings(mapping(body).get("choices"))
    return (
        {**body, "choices": [_with_written_call(choice, offered) for choice in choices]} if choices else body
    )


def _with_written_call(choice: Mapping[str, Any], offered: set[str]) -> Mapping[str, Any]:
    message = mapping(choice.get("message"))
    call = mapping(json_or(None, text(message.get("content"))))
    arguments = call.get("arguments", call.get("parameters"))
    if message.get("tool_calls") or call.get("name") not in offered or arguments is None:
        return choice
    function = {"name": call["name"], "arguments": arguments}
    calls = [{"type": "function", "function": function}]
    return {
        **choice,
        "message": {**message, "content": None, "tool_calls": calls},
        "finish_reason": "tool_calls",
    }


def with_contract_reasons(data: Any) -> Any:
    """A completion or a chunk whose finish reasons have the contract's names."""
    if not isinstance(data, Mapping) or "choices" not in data:
        return data
    choices = []
    for choice in mappings(data["choices"]):
        reason = choice.get("finish_reason")
        choices.append({**choice, "finish_reason": contract_reason(reason) or reason})
    return {**data, "choices": choices}
