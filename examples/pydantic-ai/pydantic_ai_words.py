"""A conversation of chat completions in pydantic-ai's messages, and its answer read back."""

from pydantic_ai import messages as parts
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from provider.attachments import EVERYWHERE, attached

ENDS = {"tool_call": "tool_calls"}


def request_of(messages, attachments, tools=None, stop=None, response_format=None, **settings):
    if isinstance(settings.get("tool_choice"), dict):
        settings["tool_choice"] = [settings["tool_choice"]["function"]["name"]]
    if stop:
        settings["stop_sequences"] = stop
    if response_format:
        settings["extra_body"] = {"response_format": response_format}
    calls = [call for message in messages for call in message.get("tool_calls") or []]
    names = {call["id"]: call["function"]["name"] for call in calls}
    said = attached(messages, attachments or [], {}, EVERYWHERE)
    return {
        "messages": [message_of(message, names) for message in said],
        "model_settings": ModelSettings(**settings),
        "model_request_parameters": ModelRequestParameters(
            function_tools=[tool_of(**tool["function"]) for tool in tools or []]
        ),
    }


def tool_of(name, parameters, description=None):
    return ToolDefinition(name=name, description=description, parameters_json_schema=parameters)


def message_of(message, names):
    role, content = message["role"], message.get("content") or ""
    if isinstance(content, list):
        content = [part_of(**part) for part in content]
    if role == "assistant":
        calls = [call_of(call["id"], **call["function"]) for call in message.get("tool_calls") or []]
        return parts.ModelResponse(parts=[parts.TextPart(content), *calls] if content else calls)
    if role == "tool":
        call_id = message["tool_call_id"]
        return parts.ModelRequest([parts.ToolReturnPart(names[call_id], content, call_id)])
    part = parts.SystemPromptPart if role == "system" else parts.UserPromptPart
    return parts.ModelRequest([part(content)])


def call_of(call_id, name, arguments):
    return parts.ToolCallPart(name, arguments, call_id)


def part_of(type, text=None, image_url=None):
    return text if type == "text" else parts.BinaryContent.from_data_uri(image_url["url"])


def text_in(event):
    if isinstance(event, parts.PartStartEvent) and isinstance(event.part, parts.TextPart):
        return event.part.content
    if isinstance(event, parts.PartDeltaEvent) and isinstance(event.delta, parts.TextPartDelta):
        return event.delta.content_delta
    return ""


def read(message, response):
    response.content, response.reasoning = message.text or "", message.thinking or ""
    response.tool_calls = [
        {"id": call.tool_call_id, "name": call.tool_name, "arguments": call.args_as_json_str()}
        for call in message.tool_calls
    ]
    response.finish_reason = ENDS.get(message.finish_reason, message.finish_reason)
    response.prompt_tokens = message.usage.input_tokens
    response.cached_prompt_tokens = message.usage.cache_read_tokens
    response.completion_tokens = message.usage.output_tokens
