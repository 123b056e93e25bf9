"""The end of a message of Anthropic's, also of Claude's at Bedrock and at Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.json_values import mapping
from provider.litellm.wires.ending import Ending, total, usage


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a message or an event reports of the end; None where it has another form."""
    match data.get("type"):
        case "message":
            return Ending(contract_reason(data.get("stop_reason")), usage=_usage(data))
        case "message_start":
            # Its count of the answer's tokens is preliminary; the last event has the final one.
            return Ending(usage=_usage(mapping(data.get("message"))))
        case "message_delta":
            return Ending(contract_reason(mapping(data.get("delta")).get("stop_reason")), usage=_usage(data))
        case "message_stop":
            return Ending(is_last=True)
    return None


def _usage(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The token counts; the prompt's are the sum of those read, from the cache and beside it."""
    counts = mapping(holder.get("usage"))
    cached = "cache_read_input_tokens"
    prompt = total(counts, "input_tokens", "cache_creation_input_tokens", cached)
    return usage(prompt, total(counts, "output_tokens"), total(counts, cached))
