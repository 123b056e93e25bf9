"""The end of an answer of Bedrock's models whose own API is plain text: Titan, Llama, Mistral, DeepSeek."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.decoding import TRANSLATED
from provider.chat.finish_reasons import contract_reason
from provider.json_values import first_mapping, mapping
from provider.litellm.wires.ending import Ending, total, usage

METRICS = "amazon-bedrock-invocationMetrics"
"""The field that Bedrock adds to the last event of any model with an API of its own."""

_TEXTS = ("generation", "outputText", "text")
"""The fields of a body, or of the only item of its list, that hold the text."""


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a body or an event reports of the end; None where it has another form."""
    if "generation" in data:  # Llama's, and that of models that were imported
        reason, counts = (
            data.get("stop_reason"),
            _counts(data, "prompt_token_count", "generation_token_count"),
        )
    elif "outputs" in data:  # Mistral's
        reason, counts = first_mapping(data["outputs"]).get("stop_reason"), {}
    elif "outputText" in data:  # an event of Titan's
        reason = data.get("completionReason")
        counts = _counts(data, "inputTextTokenCount", "totalOutputTextTokenCount")
    elif "inputTextTokenCount" in data:
        result = first_mapping(data.get("results"))
        reason = result.get("completionReason")
        counts = _counts({**data, **result}, "inputTextTokenCount", "tokenCount")
    else:
        return None
    metrics = _counts(mapping(data.get(METRICS)), "inputTokenCount", "outputTokenCount")
    return Ending(contract_reason(reason), is_last=METRICS in data, usage={**metrics, **counts})


def empty_answer(body: Any) -> dict[str, Any] | None:
    """A body with an empty text, as a chat completion: litellm takes it for an error. None for any other."""
    ended = ending(mapping(body))
    texts = [mapping(body), *(first_mapping(mapping(body).get(name)) for name in ("outputs", "results"))]
    if ended is None or "" not in [each.get(name) for each in texts for name in _TEXTS]:
        return None
    choice = {"message": {"content": ""}, "finish_reason": ended.finish_reason}
    return {"choices": [choice], "usage": ended.usage, TRANSLATED: True}


def counted(headers: Mapping[str, str]) -> dict[str, Any]:
    """The token counts of a whole answer, which Bedrock sends in headers."""
    names = ("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count")
    return usage(*(int(value) if (value := headers.get(name, "")).isdigit() else None for name in names))


def _counts(holder: Mapping[str, Any], prompt: str, completion: str) -> dict[str, Any]:
    """The token counts of these names; Titan sends floating-point numbers."""
    counts = {name: int(value) for name, value in holder.items() if isinstance(value, float | int)}
    return usage(total(counts, prompt), total(counts, completion))
