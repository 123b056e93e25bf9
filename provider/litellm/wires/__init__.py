"""Each provider's wire format, a module each: what a body or an event reports of the end of its answer."""

from __future__ import annotations

from typing import Any

from provider.json_values import mapping
from provider.litellm.wires import (
    anthropic,
    bedrock,
    bedrock_text,
    chat_completions,
    cohere,
    gemini,
    ollama,
)
from provider.litellm.wires.ending import Ending

WIRES = (chat_completions, anthropic, bedrock_text, bedrock, cohere, gemini, ollama)


def ending_of(data: Any) -> Ending:
    """What a body, or one event of a stream, reports of the end; nothing where no wire has this form."""
    fields = mapping(data)
    found = (wire.ending(fields) for wire in WIRES)
    ending = next((ending for ending in found if ending is not None), Ending())
    return ending.then(bedrock.intervention(fields))


def calls_of_provider(data: Any) -> set[str]:
    """The ids of the calls in a body or an event that the provider runs itself, where litellm shows them."""
    return bedrock.calls_of_provider(mapping(data))
