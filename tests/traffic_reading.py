"""A plain reading of recorded answers: what a backend must make of them.

Shares no code with ``provider/``: each wire is read by a few lines of its own, for whole answers and for
streams, which are first put together to the same document.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

FINISH = {
    **dict.fromkeys(("end_turn", "stop_sequence", "STOP", "COMPLETE", "STOP_SEQUENCE", "eos"), "stop"),
    **dict.fromkeys(("max_tokens", "MAX_TOKENS"), "length"),
    **dict.fromkeys(("tool_use", "TOOL_CALL"), "tool_calls"),
    **dict.fromkeys(("refusal", "SAFETY", "MODEL_ARMOR", "guardrail_intervened"), "content_filter"),
}
"""The words of chat completions for each provider's own; a word that is not here stays as it is."""

KINDS = {400: "bad_request", 404: "not_found", 429: "rate_limit"}
THOUGHT = re.compile(r"\s*<think>.*?(</think>\s*|\Z)", re.S)


@dataclass
class Reading:
    """What an answer says: text, calls, why it ended, tokens of prompt and answer; or the error's kind."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    finish: str | None = None
    tokens: tuple[int, int] = (0, 0)
    error: str | None = None


def reading(interaction: dict[str, Any], wire: str) -> Reading:
    """Read a recorded interaction as the server's own documents tell it."""
    response = interaction["response"]
    if response["status"] >= 400:
        return Reading(error=KINDS[response["status"]])
    whole = _whole(interaction, wire)
    if isinstance(whole, dict) and whole.get("error"):
        return Reading(error="bad_request")
    read = READERS[wire](whole)
    # A text that begins with a thought is told without it.
    read.text = THOUGHT.sub("", read.text, count=1) if THOUGHT.match(read.text) else read.text
    read.finish = FINISH.get(read.finish or "", read.finish)
    if read.finish == "stop" and read.calls and wire == "gemini":
        read.finish = "tool_calls"  # Gemini says STOP for both
    return read


def _whole(interaction: dict[str, Any], wire: str) -> Any:
    """The answer as one document, a stream put together."""
    body = interaction["response"]["body"]
    if not interaction["streaming"]:
        return json.loads(body) if isinstance(body, str) else body
    events = list(_frames(base64.b64decode(body)) if wire == "converse" else _events(body))
    failed = next((event for event in events if event.get("error")), None)
    return failed or JOINERS[wire](events)


def _events(body: str) -> Iterator[Any]:
    for line in re.split(r"\r\n|\n|\r", body):
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            yield json.loads(data)


def _frames(data: bytes) -> Iterator[Any]:
    """The messages of an AWS event stream, each under the name of its event."""
    while data:
        total, head = struct.unpack(">II", data[:8])
        headers, payload = data[12 : 12 + head], data[12 + head : total - 4]
        name = re.search(rb":event-type\x07\x00.([A-Za-z]+)", headers, re.S)
        yield {name.group(1).decode() if name else "": json.loads(payload)}
        data = data[total:]


def _openai(body: Any) -> Reading:
    choice, usage = body["choices"][0], body.get("usage") or {}
    message = choice["message"]
    return Reading(
        _text(message.get("content")) or message.get("refusal") or "",
        [
            (call["function"]["name"], _json(call["function"].get("arguments")))
            for call in message.get("tool_calls") or ()
        ],
        choice.get("finish_reason") or None,
        (usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0),
    )


def _join_openai(chunks: list[Any]) -> Any:
    message: dict[str, Any] = {"content": "", "tool_calls": []}
    finish, usage = None, None
    calls: dict[int, dict[str, str]] = {}
    for chunk in chunks:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        for choice in chunk.get("choices") or ():
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or {}
            message["content"] += _text(delta.get("content"))
            for part in delta.get("tool_calls") or ():
                call = calls.setdefault(part.get("index", 0), {"name": "", "arguments": ""})
                call["name"] = part["function"].get("name") or call["name"]
                call["arguments"] += part["function"].get("arguments") or ""
    message["tool_calls"] = [{"function": call} for call in calls.values()]
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


def _anthropic(body: Any) -> Reading:
    usage = body["usage"]
    caches = ("cache_creation_input_tokens", "cache_read_input_tokens")
    return Reading(
        "".join(block["text"] for block in body["content"] if block["type"] == "text"),
        [(block["name"], block["input"]) for block in body["content"] if block["type"] == "tool_use"],
        body["stop_reason"],
        (usage["input_tokens"] + sum(usage.get(name) or 0 for name in caches), usage["output_tokens"]),
    )


def _join_anthropic(events: list[Any]) -> Any:
    body: dict[str, Any] = {}
    for event in events:
        match event["type"]:
            case "message_start":
                body = event["message"]
            case "content_block_start":
                body["content"].append({**event["content_block"], "json": ""})
            case "content_block_delta":
                block, delta = body["content"][event["index"]], event["delta"]
                block["text"] = block.get("text", "") + delta.get("text", "")
                block["json"] += delta.get("partial_json", "")
            case "content_block_stop" if body["content"][event["index"]]["json"]:
                block = body["content"][event["index"]]
                block["input"] = _json(block["json"])
            case "message_delta":
                body["stop_reason"] = event["delta"]["stop_reason"]
                body["usage"] |= {name: count for name, count in event["usage"].items() if count is not None}
    return body


def _gemini(body: Any) -> Reading:
    candidate = (body.get("candidates") or [{}])[0]
    parts = (candidate.get("content") or {}).get("parts") or []
    usage = body.get("usageMetadata") or {}
    said = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
    return Reading(
        "".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        [
            (part["functionCall"]["name"], part["functionCall"].get("args") or {})
            for part in parts
            if "functionCall" in part
        ],
        candidate.get("finishReason"),
        # What tools of the provider's own have added is part of the prompt.
        (usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0), said),
    )


def _join_gemini(chunks: list[Any]) -> Any:
    parts: list[Any] = []
    finish: str | None = None
    usage: dict[str, Any] = {}
    for chunk in chunks:
        usage = chunk.get("usageMetadata") or usage
        for candidate in chunk.get("candidates") or ():
            parts += (candidate.get("content") or {}).get("parts") or []
            finish = candidate.get("finishReason") or finish
    return {
        "candidates": [{"content": {"parts": parts}, "finishReason": finish}],
        "usageMetadata": usage,
    }


def _converse(body: Any) -> Reading:
    blocks, usage = body["output"]["message"]["content"], body["usage"]
    caches = ("cacheReadInputTokens", "cacheWriteInputTokens")
    return Reading(
        "".join(block["text"] for block in blocks if "text" in block),
        [(block["toolUse"]["name"], block["toolUse"]["input"]) for block in blocks if "toolUse" in block],
        body["stopReason"],
        (usage["inputTokens"] + sum(usage.get(name) or 0 for name in caches), usage["outputTokens"]),
    )


def _join_converse(frames: list[Any]) -> Any:
    blocks: dict[int, dict[str, Any]] = {}
    body: dict[str, Any] = {}
    for frame in frames:
        [(name, event)] = frame.items()
        index = event.get("contentBlockIndex", 0)
        if name == "contentBlockStart" and "toolUse" in event["start"]:
            blocks[index] = {"toolUse": {**event["start"]["toolUse"], "json": ""}}
        elif name == "contentBlockDelta":
            delta, block = event["delta"], blocks.setdefault(index, {})
            if "text" in delta:
                block["text"] = block.get("text", "") + delta["text"]
            if "toolUse" in delta:
                block["toolUse"]["json"] += delta["toolUse"]["input"]
        elif name == "contentBlockStop" and "toolUse" in blocks.get(index, {}):
            blocks[index]["toolUse"]["input"] = _json(blocks[index]["toolUse"]["json"])
        body |= {key: event[key] for key in ("stopReason", "usage") if key in event}
    return {**body, "output": {"message": {"content": [blocks[index] for index in sorted(blocks)]}}}


def _cohere(body: Any) -> Reading:
    message, usage = body["message"], body["usage"]["tokens"]
    content = "".join(part["text"] for part in message.get("content") or () if part["type"] == "text")
    return Reading(
        (message.get("tool_plan") or "") + content,  # what is said beside calls is a plan
        [
            (call["function"]["name"], _json(call["function"]["arguments"]))
            for call in message.get("tool_calls") or ()
        ],
        body["finish_reason"],
        (int(usage["input_tokens"]), int(usage["output_tokens"])),
    )


def _join_cohere(events: list[Any]) -> Any:
    text, plan, calls, end = "", "", [], {}
    for event in events:
        message = (event.get("delta") or {}).get("message") or {}
        match event["type"]:
            case "content-delta":
                text += message["content"].get("text", "")
            case "tool-plan-delta":
                plan += message["tool_plan"]
            case "tool-call-start":
                calls.append({"function": dict(message["tool_calls"]["function"])})
            case "tool-call-delta":
                calls[-1]["function"]["arguments"] += message["tool_calls"]["function"]["arguments"]
            case "message-end":
                end = event["delta"]
    said = [{"type": "text", "text": text}]
    return {"message": {"content": said, "tool_plan": plan, "tool_calls": calls}, **end}


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    return content or ""


def _json(text: Any) -> Any:
    return json.loads(text or "{}") if isinstance(text, str) or text is None else text


READERS: dict[str, Callable[[Any], Reading]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "converse": _converse,
    "cohere": _cohere,
}
JOINERS: dict[str, Callable[[list[Any]], Any]] = {
    "openai": _join_openai,
    "anthropic": _join_anthropic,
    "gemini": _join_gemini,
    "converse": _join_converse,
    "cohere": _join_cohere,
}
