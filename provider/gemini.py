"""How an answer of Gemini's ended, in Gemini's own words.

litellm takes several failures for a stop, drops a candidate that has no
content, and loses why a prompt was blocked.
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
    if not isinstance(body, Mapping):
        return None
    feedback = body.get("promptFeedback")
    if isinstance(feedback, Mapping) and feedback.get("blockReason"):
        return Ending("content_filter", _told(feedback, "blockReason", "blockReasonMessage"))
    candidates = body.get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    reason = first.get("finishReason") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(reason, str):
        return None
    told = _told(first, "finishReason", "finishMessage")
    if reason == "MAX_TOKENS":
        return Ending("length", told)
    if reason in _FILTERED:
        return Ending("content_filter", told)
    return Ending("error", told) if reason in _FAILED else None


def as_it_ended(completion: dict[str, Any], body: bytes) -> dict[str, Any]:
    """What litellm made of ``body``, with the end that the body tells."""
    try:
        ending = ending_of(json.loads(body))
    except ValueError:
        return completion
    if ending is not None:
        choices = completion.get("choices") or [{"index": 0, "message": {"role": "assistant"}}]
        completion["choices"] = [{**choices[0], **ending.choice()}, *choices[1:]]
    return completion


def _told(holder: Mapping[str, Any], *fields: str) -> str:
    """The fields that are texts, one after the other."""
    texts = [holder.get(field) for field in fields]
    return ": ".join(text for text in texts if isinstance(text, str) and text)
