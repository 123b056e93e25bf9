"""Corrects what litellm misreads in Gemini's answers.

It turns several failures into ``stop``, drops a candidate without content,
loses why a prompt was blocked, and treats unsigned thoughts as signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

_FILTERED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "MODEL_ARMOR",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
_FAILED = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
        "OTHER",
        "NO_IMAGE",
        "IMAGE_OTHER",
    }
)


class Ending(NamedTuple):
    """Why an answer ended early.

    Attributes:
        reason: the finish reason, by the names of chat completions.
        message: Gemini's own code and words.
    """

    reason: str
    message: str

    def choice(self) -> dict[str, Any]:
        """This ending as fields of a choice of a chat completion or chunk."""
        return {"finish_reason": self.reason, "finish_message": self.message}


def ending_of(body: Any) -> Ending | None:
    """The early ending in a body or an event of generateContent; None for a normal end or none yet."""
    feedback = body.get("promptFeedback") if isinstance(body, Mapping) else None
    if isinstance(feedback, Mapping) and feedback.get("blockReason"):
        return Ending("content_filter", _joined(feedback, "blockReason", "blockReasonMessage"))
    candidate = _candidate(body)
    reason, message = str(candidate.get("finishReason")), _joined(candidate, "finishReason", "finishMessage")
    if reason == "MAX_TOKENS":
        return Ending("length", message)
    if reason in _FILTERED:
        return Ending("content_filter", message)
    return Ending("error", message) if reason in _FAILED else None


def corrected(completion: dict[str, Any], body: bytes) -> dict[str, Any]:
    """What litellm made of ``body``, with its real ending and without unsigned thoughts.

    litellm would send such thoughts back as text of the answer.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return completion
    ending = ending_of(answer)
    if ending is None and not _candidate(answer).get("finishReason"):
        return completion
    empty = {"index": 0, "message": {"role": "assistant"}, "finish_reason": "stop"}
    first, *others = completion.get("choices") or [empty]
    message = {**first["message"]}
    blocks = message.pop("thinking_blocks", None) or []
    if signed := [block for block in blocks if block.get("signature")]:
        message["thinking_blocks"] = signed
    choice = {**first, "message": message, **(ending.choice() if ending else {})}
    return {**completion, "choices": [choice, *others]}


def _candidate(body: Any) -> Mapping[str, Any]:
    """The first candidate, empty where there is none."""
    candidates = body.get("candidates") if isinstance(body, Mapping) else None
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, Mapping) else {}


def _joined(holder: Mapping[str, Any], *fields: str) -> str:
    """The fields that are texts, joined."""
    texts = [holder.get(field) for field in fields]
    return ": ".join(text for text in texts if isinstance(text, str) and text)
