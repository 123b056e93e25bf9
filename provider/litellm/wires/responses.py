"""The end of an answer of OpenAI's Responses API, by which litellm asks some models of OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.json_values import mapping
from provider.litellm.wires.ending import Ending, total, usage


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a response or an event reports of the end; None where it has another form."""
    is_event = str(data.get("type")).startswith("response.")
    if not is_event and data.get("object") != "response":
        return None
    response = mapping(data.get("response")) if is_event else data
    counts = mapping(response.get("usage"))
    cached = total(mapping(counts.get("input_tokens_details")), "cached_tokens")
    return Ending(
        _reason(response),
        mapping(response.get("error")).get("message"),
        usage=usage(total(counts, "input_tokens"), total(counts, "output_tokens"), cached),
    )


def _reason(response: Mapping[str, Any]) -> str | None:
    match response.get("status"):
        case "completed":
            return "stop"
        case "incomplete":
            return contract_reason(mapping(response.get("incomplete_details")).get("reason"))
        case "failed":
            return "error"
    return None
