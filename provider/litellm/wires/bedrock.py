"""The end of an answer of Bedrock's: of the Converse API, and of models with an API of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.finish_reasons import contract_reason
from provider.json_values import mapping
from provider.litellm.wires.ending import Ending, total, usage

_LAST = frozenset({"amazon-bedrock-invocationMetrics", "amazon-bedrock-trace"})
"""The fields that Bedrock adds to the last event of a model with an API of its own."""


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a body or an event reports of the end; None where it has another form."""
    counts = mapping(data.get("usage"))
    is_last = not _LAST.isdisjoint(data)
    if not is_last and "stopReason" not in data and "inputTokens" not in counts:
        return None
    cached = "cacheReadInputTokens"
    prompt = total(counts, "inputTokens", "cacheWriteInputTokens", cached)
    return Ending(
        contract_reason(data.get("stopReason")),
        is_last=is_last,
        usage=usage(prompt, total(counts, "outputTokens"), total(counts, cached)),
    )
