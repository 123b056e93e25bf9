"""The contract's finish reason for each provider's own: one table for all wires."""

from __future__ import annotations

_REASONS = {
    # Anthropic and Bedrock
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "compaction": "length",
    "pause_turn": "stop",
    "refusal": "content_filter",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    # OpenAI's Responses API
    "max_output_tokens": "length",
    # Together AI, and Hugging Face's text generation inference
    "eos": "stop",
    "eos_token": "stop",
    # Cohere
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "length",
    # GigaChat
    "blacklist": "content_filter",
    # Titan
    "FINISH": "stop",
    "LENGTH": "length",
    "STOP_CRITERIA_MET": "stop",
    "CONTENT_FILTERED": "content_filter",
    # Gemini
    "STOP": "stop",
    "FINISH_REASON_UNSPECIFIED": "stop",
    "MAX_TOKENS": "length",  # Cohere's too
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"),
            *("ESCALATION", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
        ),
        "content_filter",
    ),
    **dict.fromkeys(
        (
            *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"),
            *("TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE", "OTHER", "NO_IMAGE", "IMAGE_OTHER"),
        ),
        "error",
    ),
}


def contract_reason(reason: object) -> str | None:
    """The contract's name for a provider's finish reason, None for an empty one.

    A reason that is not in the table is passed on unchanged: it may be the contract's already, or a new one.
    """
    return _REASONS.get(reason, reason) if isinstance(reason, str) and reason else None
