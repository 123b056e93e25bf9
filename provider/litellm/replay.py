"""Sends the items of a response back by the names that litellm has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.carried import ITEMS
from provider.json_values import mappings

REASONING, NOTES = "reasoning_items", "provider_specific_fields"
"""The fields of a message in which litellm looks for reasoning, and for its note of the order of items."""


def with_replayed_items(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request whose messages carry the items of responses as litellm reads them."""
    return {**request, "messages": [_readable(message) for message in request["messages"]]}


def _readable(message: Mapping[str, Any]) -> Mapping[str, Any]:
    items = mappings(message.get(ITEMS))
    if not items:
        return message
    from litellm.completion_extras.litellm_responses_transformation.history import replay_fields

    reasoning = [item for item in items if item.get("type") == "reasoning"]
    others = {name: value for name, value in message.items() if name != ITEMS}
    readable = {**others, REASONING: reasoning}
    # Without the note litellm sends all reasoning first. It makes one only of what it has decoded itself.
    note = replay_fields(items, readable, completed=True, first_message_only=False)
    return {**readable, NOTES: dict(note)}
