"""A plain reading of recorded answers: what a backend must decode.

It shares no code with ``provider/``: a few lines read each API; a stream is first joined to the document that
the server would have sent without streaming.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.corpus.plain_streams import json_of, text_of, whole

FINISH = {
    **dict.fromkeys(("end_turn", "stop_sequence", "STOP", "COMPLETE", "STOP_SEQUENCE", "eos"), "stop"),
    **dict.fromkeys(("max_tokens", "MAX_TOKENS"), "length"),
    **dict.fromkeys(("tool_use", "TOOL_CALL", "function_call"), "tool_calls"),
    **dict.fromkeys(("refusal", "SAFETY", "MODEL_ARMOR", "guardrail_intervened"), "content_filter"),
}
"""The words of chat completions for each provider's own; a word that is not here stays as it is."""

BROKEN = ("UNEXPECTED_TOOL_CALL", "MALFORMED_FUNCTION_CALL")
"""Finish reasons of Gemini that are failures: the model called an unknown tool, or with a broken call."""

KINDS = {400: "bad_request", 404: "not_found", 429: "rate_limit"}
THOUGHT = re.compile(r"\s*<think>.*?(</think>\s*|\Z)", re.S)


@dataclass
class Reading:
    """The content of an answer: text, calls, finish reason, tokens; or the kind of its error."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish: str | None = None
    tokens: tuple[int | None, int | None] = (None, None)
    error: str | None = None


def reading(interaction: dict[str, Any], wire: str) -> Reading:
    """Read a recorded interaction."""
    response = interaction["response"]
    if response["status"] >= 400:
        return Reading(error=KINDS[response["status"]])
    body = response["body"]
    if interaction["streaming"]:
        answer = whole(body, wire)
    else:
        answer = json.loads(body) if isinstance(body, str) else body
    if isinstance(answer, dict) and answer.get("error"):
        return Reading(error="bad_request")
    read = READERS[wire](answer)
    if read.finish in BROKEN:
        return Reading(error="server")
    # Reasoning at the beginning of a text is not part of it.
    read.text = THOUGHT.sub("", read.text, count=1) if THOUGHT.match(read.text) else read.text
    read.finish = FINISH.get(read.finish or "", read.finish)
    if read.finish == "stop" and read.calls and wire == "gemini":
        read.finish = "tool_calls"  # Gemini says STOP for both
    return read


def _openai(body: Any) -> Reading:
    choice, usage = body["choices"][0], body.get("usage") or {}
    message = choice["message"]
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    if (message.get("function_call") or {}).get("name"):  # the older form of a call
        functions = [message["function_call"]]
    # Snowflake and xAI send an empty reason beside calls.
    beside_calls = "tool_calls" if functions and choice.get("finish_reason") == "" else None
    return Reading(
        text_of(message.get("content")) or message.get("refusal") or "",
        [(function["name"], json_of(function.get("arguments"))) for function in functions],
        choice.get("finish_reason") or beside_calls,
        (usage.get("prompt_tokens"), usage.get("completion_tokens")),
    )


def _anthropic(body: Any) -> Reading:
    usage = body["usage"]
    caches = ("cache_creation_input_tokens", "cache_read_input_tokens")
    return Reading(
        "".join(block["text"] for block in body["content"] if block["type"] == "text"),
        [(block["name"], block["input"]) for block in body["content"] if block["type"] == "tool_use"],
        body["stop_reason"],
        (usage["input_tokens"] + sum(usage.get(name) or 0 for name in caches), usage["output_tokens"]),
    )


def _gemini(body: Any) -> Reading:
    candidate = (body.get("candidates") or [{}])[0]
    parts = (candidate.get("content") or {}).get("parts") or []
    usage = body.get("usageMetadata") or {}
    read, said = (
        [usage[name] for name in names if name in usage]
        # What tools of the provider's own have added is part of the prompt.
        for names in (
            ("promptTokenCount", "toolUsePromptTokenCount"),
            ("candidatesTokenCount", "thoughtsTokenCount"),
        )
    )
    return Reading(
        "".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        [
            (part["functionCall"]["name"], part["functionCall"].get("args") or {})
            for part in parts
            if "functionCall" in part
        ],
        # A prompt that is refused has no candidate.
        "SAFETY" if body.get("promptFeedback", {}).get("blockReason") else candidate.get("finishReason"),
        (sum(read) if read else None, sum(said) if said else None),
    )


def _converse(body: Any) -> Reading:
    blocks, usage = body["output"]["message"]["content"], body["usage"]
    caches = ("cacheReadInputTokens", "cacheWriteInputTokens")
    return Reading(
        "".join(block["text"] for block in blocks if "text" in block),
        [(block["toolUse"]["name"], block["toolUse"]["input"]) for block in blocks if "toolUse" in block],
        body["stopReason"],
        (usage["inputTokens"] + sum(usage.get(name) or 0 for name in caches), usage["outputTokens"]),
    )


def _cohere(body: Any) -> Reading:
    message, usage = body["message"], body["usage"]["tokens"]
    content = "".join(part["text"] for part in message.get("content") or () if part["type"] == "text")
    return Reading(
        (message.get("tool_plan") or "") + content,  # what is said beside calls is a plan
        [
            (call["function"]["name"], json_of(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ],
        body["finish_reason"],
        (int(usage["input_tokens"]), int(usage["output_tokens"])),
    )


def _responses(body: Any) -> Reading:
    if body["status"] == "queued":  # the provider is still to begin
        return Reading(error="malformed_response")
    calls = [item for item in body["output"] if item["type"] == "function_call"]
    return Reading(
        "".join(
            part["text"] for item in body["output"] if item["type"] == "message" for part in item["content"]
        ),
        [(call["name"], json_of(call["arguments"])) for call in calls],
        "tool_calls" if calls else "stop",
        (body["usage"]["input_tokens"], body["usage"]["output_tokens"]),
    )


READERS: dict[str, Callable[[Any], Reading]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "converse": _converse,
    "cohere": _cohere,
    "responses": _responses,
}
