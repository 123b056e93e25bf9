"""Converts requests for chat completions to requests for responses; free of I/O.

The fields and their names: https://developers.openai.com/api/reference/resources/responses/methods/create.
The counterpart of ``provider.chat.responses``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from provider.chat.capabilities import is_reasoning_model
from provider.chat.carried import ITEMS
from provider.chat.content import content_of, text_of
from provider.chat.responses import calls_and_text
from provider.json_values import mapping, mappings

_ENCRYPTED = "reasoning.encrypted_content"
"""What ``include`` names to get reasoning that can be sent back, where the provider stores nothing."""

_RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}


def response_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request, as one for a response.

    A parameter that responses do not have is sent as it is, so that the server refuses it by its name.
    """
    sent = {_RENAMED.get(name, name): value for name, value in request.items()}
    messages, tools, choice = sent.pop("messages"), sent.pop("tools", None), sent.pop("tool_choice", None)
    sent.pop("stream_options", None)  # a response always has its usage
    sent |= {"input": [item for message in messages for item in _items_of(message)], **_nested(sent)}
    if tools is not None:
        sent["tools"] = [_tool(tool) for tool in tools]
    if choice is not None:
        function = mapping(mapping(choice).get("function"))
        sent["tool_choice"] = {"type": "function", "name": function["name"]} if "name" in function else choice
    sent.setdefault("store", False)
    # Other models refuse it.
    if not sent["store"] and is_reasoning_model(sent["model"]):
        sent["include"] = [*dict.fromkeys([*sent.get("include", ()), _ENCRYPTED])]
    return sent


def _nested(sent: dict[str, Any]) -> dict[str, Any]:
    """What stands in ``text`` and ``reasoning``, taken out of the request."""
    shape, effort, verbosity = (
        sent.pop(name, None) for name in ("response_format", "reasoning_effort", "verbosity")
    )
    wanted = {
        **({"format": _format(shape)} if shape else {}),
        **({"verbosity": verbosity} if verbosity else {}),
    }
    found = {}
    if wanted:
        found["text"] = {**wanted, **mapping(sent.get("text"))}
    if effort:
        found["reasoning"] = {"effort": effort, **mapping(sent.get("reasoning"))}
    return found


def _format(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": shape.get("type"), **mapping(shape.get("json_schema"))}


def _tool(tool: Any) -> Any:
    """A tool, which is strict only where it says so: responses would be strict by default."""
    function = mapping(tool).get("function")
    return {"type": "function", "strict": False, **function} if isinstance(function, Mapping) else tool


def _items_of(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items that say what a message says; an answer's own items, where it was made of them."""
    role, content = message["role"], message.get("content")
    calls = mappings(message.get("tool_calls"))
    if role == "tool":
        parts = [_part(part) for part in content] if isinstance(content, list) else content
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": parts}
    elif role != "assistant":
        parts = [_part(part) for part in content] if isinstance(content, list) else content
        yield {"type": "message", "role": role, "content": parts}
    elif (items := mappings(message.get(ITEMS))) and calls_and_text(items) == _said(calls, content):
        yield from items
    else:
        if said := content_of(message):
            part = {"type": "output_text", "text": said, "annotations": []}
            yield {"type": "message", "role": "assistant", "status": "completed", "content": [part]}
        for call in calls:
            function = mapping(call.get("function"))
            named = {"name": function.get("name"), "arguments": function.get("arguments")}
            yield {"type": "function_call", "call_id": call.get("id"), **named}


def _said(calls: Iterable[Mapping[str, Any]], content: Any) -> tuple[list[Any], str]:
    """What ``calls_and_text`` says of the items, of a message: the caller may have changed it."""
    return [call.get("id") for call in calls], text_of(content)


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    match part.get("type"):
        case "text":
            return {"type": "input_text", "text": part.get("text")}
        case "image_url":
            image = dict(mapping(part.get("image_url")))
            return {"type": "input_image", "image_url": image.pop("url", None), **image}
        case "file":
            return {"type": "input_file", **mapping(part.get("file"))}
    return part
