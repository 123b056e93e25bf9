"""A conversation of chat completions in the words of Anthropic's Messages API, and its answer read back."""

import json

from provider.attachments import EVERYWHERE, attached

KNOWN = ("max_tokens", "temperature", "top_p", "thinking", "extra_headers", "timeout")
CHOICES = {"required": "any"}
ENDS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def request_of(model, messages, attachments, tools=None, tool_choice=None, stop=None, **kwargs):
    if "response_format" in kwargs:
        raise TypeError("this backend takes no response_format")
    said = attached(messages, attachments or [], {}, EVERYWHERE)
    request = {"model": model, "max_tokens": 4096, **{name: kwargs[name] for name in KNOWN if name in kwargs}}
    request["messages"] = [turn_of(message) for message in said if message["role"] != "system"]
    if system := [message["content"] for message in said if message["role"] == "system"]:
        request["system"] = "\n\n".join(system)
    if tools:
        request["tools"] = [tool_of(**tool["function"]) for tool in tools]
    if tools and tool_choice:
        named = isinstance(tool_choice, dict) and {"type": "tool", "name": tool_choice["function"]["name"]}
        request["tool_choice"] = named or {"type": CHOICES.get(tool_choice, tool_choice)}
    if stop:
        request["stop_sequences"] = stop
    return request


def tool_of(name, parameters, description=""):
    return {"name": name, "description": description, "input_schema": parameters}


def turn_of(message):
    content = message.get("content")
    if message["role"] == "tool":
        result = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": content}
        return {"role": "user", "content": [result]}
    if not message.get("tool_calls"):
        content = list(parts_of(content)) if isinstance(content, list) else content
        return {"role": message["role"], "content": content}
    parts = [*message.get("thinking_blocks", [])] + ([{"type": "text", "text": content}] if content else [])
    uses = [use_of(call["id"], **call["function"]) for call in message["tool_calls"]]
    return {"role": "assistant", "content": parts + uses}


def parts_of(content):
    for part in content:
        if part["type"] == "image_url":
            mime, data = part["image_url"]["url"].removeprefix("data:").split(";base64,")
            part = {"type": "image", "source": {"type": "base64", "media_type": mime, "data": data}}
        yield part


def use_of(call_id, name, arguments):
    return {"type": "tool_use", "id": call_id, "name": name, "input": json.loads(arguments)}


def read(message, response):
    blocks, usage = message.content, message.usage
    response.content = "".join(block.text for block in blocks if block.type == "text")
    thoughts = [block.model_dump() for block in blocks if block.type in ("thinking", "redacted_thinking")]
    response.provider_state = {"thinking_blocks": thoughts} if thoughts else {}
    response.reasoning = "".join(block.thinking for block in blocks if block.type == "thinking")
    response.tool_calls = [
        {"id": block.id, "name": block.name, "arguments": json.dumps(block.input)}
        for block in blocks
        if block.type == "tool_use"
    ]
    response.finish_reason = ENDS.get(message.stop_reason, message.stop_reason)
    response.cached_prompt_tokens = usage.cache_read_input_tokens or 0
    response.prompt_tokens = usage.input_tokens + response.cached_prompt_tokens
    response.completion_tokens = usage.output_tokens
