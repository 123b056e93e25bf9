"""Each provider's wire format, a module each: what a body or an event reports of the end of its answer."""

from __future__ import annotations

from typing import Any

from provider.json_values import mapping
from provider.litellm.wires import anthropic, bedrock, chat_completions, cohere, gemini, ollama, responses
from provider.litellm.wires.ending import Ending

WIRES = (chat_completions, anthropic, bedrock, cohere, gemini, ollama, responses)


def ending_of(data: Any) -> Ending:
    """What a body, or one event of a stream, reports of the end; nothing where no wire has this form."""
    fields = mapping(data)
    found = (wire.ending(fields) for wire in WIRES)
    return next((ending for ending in found if ending is not None), Ending())
