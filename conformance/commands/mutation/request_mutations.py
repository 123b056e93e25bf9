"""Request mutations: each of them must miss the recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.recording import Request
from conformance.recording.wire_format import known

KEY = "sk-of-somebody-else"


RequestMutation = Callable[[Request], Request]
"""One small change of a request; it gives the same request if there is nothing to change."""


def body(change: Callable[[Any], object]) -> RequestMutation:
    """Lets ``change`` edit a JSON body in place; a request without what it looks for stays the same."""

    def of(request: Request) -> Request:
        try:
            value = json.loads(request.body)
            before = json.dumps(value)
            change(value)
        except (ValueError, KeyError, IndexError, TypeError):
            return request
        # Compared as JSON: to Python, True and 1 are equal. A change of spacing alone does not count.
        return request if (after := json.dumps(value)) == before else replace(request, body=after.encode())

    return of


def dropped(name: str) -> RequestMutation:
    """Removes a field of the body."""
    return body(lambda value: value.pop(name))


def other(name: str, change: Callable[[Any], Any]) -> RequestMutation:
    """Changes the value of a field of the body."""
    return body(lambda value: value.update({name: change(value[name])}))


def message(number: int, change: Callable[[dict[str, Any]], object]) -> RequestMutation:
    """Changes a message."""
    return body(lambda value: change(value["messages"][number]))


def function(change: Callable[[dict[str, Any]], object]) -> RequestMutation:
    """Changes the first tool."""
    return body(lambda value: change(value["tools"][0]["function"]))


def result(change: Callable[[dict[str, Any]], object]) -> RequestMutation:
    """Changes the last message if it is the result of a call."""
    return message(-1, lambda message: message["tool_call_id"] and change(message))


def no_key(request: Request) -> Request:
    """The request without its credential."""
    kept = {name: text for name, text in request.headers.items() if name not in known().key_headers}
    return replace(request, headers=kept)


def another_key(request: Request) -> Request:
    """The request with another credential, unless the scenario sends a wrong one on purpose."""
    if any("wrong" in request.headers.get(name, "") for name in known().key_headers):
        return request
    kept = {name: KEY if name in known().key_headers else text for name, text in request.headers.items()}
    return replace(request, headers=kept)


REQUEST_MUTATIONS: Mapping[str, RequestMutation] = {
    "another_model": other("model", lambda name: f"{name}-2"),
    "no_model": dropped("model"),
    "the_first_message_dropped": body(lambda sent: sent["messages"].pop(0)),
    "the_last_message_dropped": body(lambda sent: sent["messages"].pop()),
    "one_message_more": body(lambda sent: sent["messages"].append({"role": "user", "content": ""})),
    "another_order": body(lambda sent: sent["messages"].insert(0, sent["messages"].pop())),
    "another_role": message(0, lambda message: message.update(role="developer")),
    "another_first_text": message(0, lambda message: message.update(content=f"{message['content']} ")),
    "another_last_text": message(-1, lambda message: message.update(content=f" {message['content']}")),
    "no_content": message(-1, lambda message: message.pop("content")),
    "another_id_of_a_result": result(lambda message: message.update(tool_call_id="call_of_nobody")),
    "no_earlier_calls": message(-2, lambda message: message.pop("tool_calls")),
    "no_tools": dropped("tools"),
    "one_tool_less": body(lambda sent: sent["tools"].pop()),
    "another_tool_name": function(lambda tool: tool.update(name=f"{tool['name']}_2")),
    "another_tool_description": function(lambda tool: tool.update(description="Another.")),
    "another_tool_schema": function(lambda tool: tool["parameters"].update(required=["none"])),
    "a_tool_choice": body(lambda sent: sent.update(tool_choice="none")),
    "another_max_tokens": other("max_tokens", lambda count: count + 1),
    "no_max_tokens": dropped("max_tokens"),
    "another_stop": other("stop", lambda words: [*words, "."]),
    "no_stop": dropped("stop"),
    "no_response_format": dropped("response_format"),
    "another_response_format": body(lambda sent: sent["response_format"].update(type="text")),
    "no_stream": dropped("stream"),
    "stream_flipped": other("stream", lambda flag: not flag),
    "a_number_for_a_flag": other("stream", int),
    "no_stream_options": dropped("stream_options"),
    "a_temperature": body(lambda sent: sent.update(temperature=0)),
    "no_key": no_key,
    "another_key": another_key,
    "another_path": lambda request: replace(request, uri=f"{request.uri}/2"),
    "a_query": lambda request: replace(request, uri=f"{request.uri}?a=b"),
    "another_host": lambda request: replace(request, uri=request.uri.replace("engine.", "other.")),
    "another_method": lambda request: replace(request, method="PUT"),
}
"""Every request mutation by its name."""
