"""Answers of Gemini's generateContent: their end, and what litellm misreads in them.

litellm turns several failures into ``stop``, drops a candidate without
content, loses why a prompt was blocked, and treats unsigned thoughts as signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider.chat.choices import choice_zero
from provider.chat.finish_reasons import contract_reason
from provider.json_values import mapping, mappings, text
from provider.litellm.wires.ending import Ending, total, usage

_FORM = frozenset({"candidates", "promptFeedback", "usageMetadata"})


def ending(data: Mapping[str, Any]) -> Ending | None:
    """What a body or an event reports of the end; None where it has another form."""
    if _FORM.isdisjoint(data):
        return None
    counts = _usage(mapping(data.get("usageMetadata")))
    feedback = mapping(data.get("promptFeedback"))
    if feedback.get("blockReason"):
        return Ending("content_filter", _joined(feedback, "blockReason", "blockReasonMessage"), usage=counts)
    candidate = choice_zero(data.get("candidates"))
    reason = contract_reason(candidate.get("finishReason"))
    message = "" if reason == "stop" else _joined(candidate, "finishReason", "finishMessage")
    return Ending(reason, message or None, usage=counts)


def text_of_parts(data: Mapping[str, Any]) -> str:
    """The text of an answer, without its thoughts."""
    parts = mappings(mapping(choice_zero(data.get("candidates")).get("content")).get("parts"))
    return "".join(text(part.get("text")) for part in parts if part.get("thought") is not True)


def without_unsigned_thoughts(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of litellm's without the thoughts that it would send back as text of the answer."""
    blocks = message.get("thinking_blocks") or []
    signed = [block for block in blocks if block.get("signature")]
    rest = {name: value for name, value in message.items() if name != "thinking_blocks"}
    return {**rest, "thinking_blocks": signed} if signed else rest


def _usage(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The token counts; the candidates' is left out where all tokens were spent on thoughts.

    Some models count the thoughts among the candidates' tokens, which the total shows.
    """
    prompt = total(counts, "promptTokenCount", "toolUsePromptTokenCount")
    answer, thoughts = total(counts, "candidatesTokenCount"), total(counts, "thoughtsTokenCount")
    if answer is not None and (prompt or 0) + answer == counts.get("totalTokenCount"):
        thoughts = None
    completion = None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)
    return usage(prompt, completion, total(counts, "cachedContentTokenCount"))


def _joined(holder: Mapping[str, Any], *fields: str) -> str:
    """The fields that are texts, joined."""
    return ": ".join(filter(None, (text(holder.get(field)) for field in fields)))
