"""A plain reading of recorded streams: the document that the server would have sent without streaming.

It shares no code with ``provider/``.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any


def whole(body: Any, wire: str) -> Any:
    """The answer in a recorded stream, or the first error in it, as one document."""
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


def _join_openai(chunks: list[Any]) -> Any:
    message: dict[str, Any] = {"content": "", "tool_calls": []}
    finish, usage = None, None
    calls: dict[int, dict[str, str]] = {}
    for chunk in chunks:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        for choice in chunk.get("choices") or ():
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or {}
            message["content"] += text_of(delta.get("content"))
            for part in delta.get("tool_calls") or ():
                call = calls.setdefault(part.get("index", 0), {"name": "", "arguments": ""})
                call["name"] = part["function"].get("name") or call["name"]
                call["arguments"] += part["function"].get("arguments") or ""
    message["tool_calls"] = [{"function": call} for call in calls.values()]
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


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
                block["input"] = json_of(block["json"])
            case "message_delta":
                body["stop_reason"] = event["delta"]["stop_reason"]
                body["usage"] |= {name: count for name, count in event["usage"].items() if count is not None}
    return body


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
            blocks[index]["toolUse"]["input"] = json_of(blocks[index]["toolUse"]["json"])
        body |= {key: event[key] for key in ("stopReason", "usage") if key in event}
    return {**body, "output": {"message": {"content": [blocks[index] for index in sorted(blocks)]}}}


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


def _join_responses(events: list[Any]) -> Any:
    """The items of the deltas, which the last event repeats."""
    items: dict[int, dict[str, Any]] = {}
    for event in events:
        if event["type"] == "response.output_item.added":
            items[event["output_index"]] = {**event["item"], "content": [], "arguments": ""}
        elif event["type"] == "response.output_text.delta":
            items[event["output_index"]]["content"].append({"text": event["delta"]})
        elif event["type"] == "response.function_call_arguments.delta":
            items[event["output_index"]]["arguments"] += event["delta"]
    return {**events[-1]["response"], "output": [items[index] for index in sorted(items)]}


def text_of(content: Any) -> str:
    """The text of a content that may come in parts."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    return content or ""


def json_of(text: Any) -> Any:
    """The arguments of a call, which may come as an object already."""
    return json.loads(text or "{}") if isinstance(text, str) or text is None else text


JOINERS: dict[str, Callable[[list[Any]], Any]] = {
    "openai": _join_openai,
    "anthropic": _join_anthropic,
    "gemini": _join_gemini,
    "converse": _join_converse,
    "cohere": _join_cohere,
    "responses": _join_responses,
}
