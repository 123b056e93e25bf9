"""What ChatOpenAI is asked with, and its message read back."""

import json


def asked(chat, tools=None, tool_choice=None, **kwargs):
    if tools:
        chat = chat.bind_tools(tools, tool_choice=tool_choice)
    return chat.bind(**kwargs)


def read(message, response):
    response.content = message.text
    response.tool_calls = [
        {"id": call["id"], "name": call["name"], "arguments": json.dumps(call["args"])}
        for call in message.tool_calls
    ] + [
        {"id": call["id"], "name": call["name"], "arguments": call["args"]}
        for call in message.invalid_tool_calls
    ]
    response.finish_reason = message.response_metadata.get("finish_reason")
    if usage := message.usage_metadata:
        response.prompt_tokens = usage["input_tokens"]
        response.cached_prompt_tokens = usage.get("input_token_details", {}).get("cache_read", 0)
        response.completion_tokens = usage["output_tokens"]
