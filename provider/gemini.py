"""Gemini's answers, where litellm makes something else of them.

It takes several failures for a stop, drops a candidate that has no content,
loses why a prompt was blocked, and takes unsigned thoughts for signed ones.
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
    """Why an answer ended other than by its own end.

    Attributes:
        reason: in the words of chat completions.
        told: in Gemini's words.
    """

    reason: str
    told: str

    def choice(self) -> dict[str, Any]:
        """What a choice of a chat completion, or of its last chunk, says of it."""
        return {"finish_reason": self.reason, "finish_message": self.told}


def ending_of(body: Any) -> Ending | None:
    """How a body or an event of generateContent says that the answer ended; None for a good end or none."""
    feedback = body.get("promptFeedback") if isinstance(body, Mapping) else None
    if isinstance(feedback, Mapping) and feedback.get("blockReason"):
        return Ending("content_filter", _told(feedback, "blockReason", "blockReasonMessage"))
    candidate = _candidate(body)
    reason, told = str(candidate.get("finishReason")), _told(candidate, "finishReason", "finishMessage")
    if reason == "MAX_TOKENS":
        return Ending("length", told)
    if reason in _FILTERED:
        return Ending("content_filter", told)
    return Ending("error", told) if reason in _FAILED else None


def as_gemini_said(completion: dict[str, Any], body: bytes) -> dict[str, Any]:
    """What litellm made of ``body``, corrected where that is Gemini's: its end, and thoughts nobody signed.

    litellm would send such thoughts back as words that were said.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return completion
    ending = ending_of(said)
    if ending is None and not _candidate(said).get("finishReason"):
        return completion
    nothing = {"index": 0, "message": {"role": "assistant"}, "finish_reason": "stop"}
    first, *others = completion.get("choices") or [nothing]
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


def _told(holder: Mapping[str, Any], *fields: str) -> str:
    """The fields that are texts, one after the other."""
    texts = [holder.get(field) for field in fields]
    return ": ".join(text for text in texts if isinstance(text, str) and text)
