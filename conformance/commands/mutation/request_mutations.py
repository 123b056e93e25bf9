"""Request mutations: each of them must miss the recording."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.recording import Request
from conformance.recording.secrets.credentials import HEADERS

KEY = "sk-of-somebody-else"


@dataclass(frozen=True)
class RequestMutation:
    """One small change of a request.

    Attributes:
        name: what is changed.
        of: gives the changed request, or the same one if there is nothing to change.
    """

    name: str
    of: Callable[[Request], Request]


def body(change: Callable[[Any], object]) -> Callable[[Request], Request]:
    """Lets ``change`` edit a JSON body in place; a request without what it looks for stays the same."""

    def of(request: Request) -> Request:
        try:
            value = json.loads(request.body)
            before = json.dumps(value)
            change(value)
        except (ValueError, KeyError, IndexError, TypeError):
            return request
        # Compared as JSON: to Python, True and 1 are equal. Spacing alone is no change.
        return request if (after := json.dumps(value)) == before else replace(request, body=after.encode())

    return of


def dropped(name: str) -> Callable[[Request], Request]:
    """Removes a field of the body."""
    return body(lambda value: value.pop(name))


def other(name: str, change: Callable[[Any], Any]) -> Callable[[Request], Request]:
    """Changes the value of a field of the body."""
    return body(lambda value: value.update({name: change(value[name])}))


def message(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[Request], Request]:
    """Changes a message."""
    return body(lambda value: change(value["messages"][number]))


def function(change: Callable[[dict[str, Any]], object]) -> Callable[[Request], Request]:
    """Changes the first tool."""
    return body(lambda value: change(value["tools"][0]["function"]))


def result(change: Callable[[dict[str, Any]], object]) -> Callable[[Request], Request]:
    """Changes the last message if it is the result of a call."""
    return message(-1, lambda said: said["tool_call_id"] and change(said))


def no_key(request: Request) -> Request:
    """The request without its credential."""
    kept = {name: text for name, text in request.headers.items() if name not in HEADERS}
    return replace(request, headers=kept)


def another_key(request: Request) -> Request:
    """The request with another credential, unless the scenario sends a wrong one on purpose."""
    if any("wrong" in request.headers.get(name, "") for name in HEADERS):
        return request
    kept = {name: KEY if name in HEADERS else text for name, text in request.headers.items()}
    return replace(request, headers=kept)


REQUEST_MUTATIONS: tuple[RequestMutation, ...] = (
    RequestMutation("another_model", other("model", lambda name: f"{name}-2")),
    RequestMutation("no_model", dropped("model")),
    RequestMutation("the_first_message_dropped", body(lambda sent: sent["messages"].pop(0))),
    RequestMutation("the_last_message_dropped", body(lambda sent: sent["messages"].pop())),
    RequestMutation(
        "one_message_more", body(lambda sent: sent["messages"].append({"role": "user", "content": ""}))
    ),
    RequestMutation("another_order", body(lambda sent: sent["messages"].insert(0, sent["messages"].pop()))),
    RequestMutation("another_role", message(0, lambda said: said.update(role="developer"))),
    RequestMutation(
        "another_first_text", message(0, lambda said: said.update(content=f"{said['content']} "))
    ),
    RequestMutation(
        "another_last_text", message(-1, lambda said: said.update(content=f" {said['content']}"))
    ),
    RequestMutation("no_content", message(-1, lambda said: said.pop("content"))),
    RequestMutation(
        "another_id_of_a_result", result(lambda said: said.update(tool_call_id="call_of_nobody"))
    ),
    RequestMutation("no_earlier_calls", message(-2, lambda said: said.pop("tool_calls"))),
    RequestMutation("no_tools", dropped("tools")),
    RequestMutation("one_tool_less", body(lambda sent: sent["tools"].pop())),
    RequestMutation("another_tool_name", function(lambda tool: tool.update(name=f"{tool['name']}_2"))),
    RequestMutation("another_tool_description", function(lambda tool: tool.update(description="Another."))),
    RequestMutation(
        "another_tool_schema", function(lambda tool: tool["parameters"].update(required=["none"]))
    ),
    RequestMutation("a_tool_choice", body(lambda sent: sent.update(tool_choice="none"))),
    RequestMutation("another_max_tokens", other("max_tokens", lambda count: count + 1)),
    RequestMutation("no_max_tokens", dropped("max_tokens")),
    RequestMutation("another_stop", other("stop", lambda words: [*words, "."])),
    RequestMutation("no_stop", dropped("stop")),
    RequestMutation("no_response_format", dropped("response_format")),
    RequestMutation(
        "another_response_format", body(lambda sent: sent["response_format"].update(type="text"))
    ),
    RequestMutation("no_stream", dropped("stream")),
    RequestMutation("stream_flipped", other("stream", lambda flag: not flag)),
    RequestMutation("a_number_for_a_flag", other("stream", int)),
    RequestMutation("no_stream_options", dropped("stream_options")),
    RequestMutation("a_temperature", body(lambda sent: sent.update(temperature=0))),
    RequestMutation("no_key", no_key),
    RequestMutation("another_key", another_key),
    RequestMutation("another_path", lambda request: replace(request, uri=f"{request.uri}/2")),
    RequestMutation("a_query", lambda request: replace(request, uri=f"{request.uri}?a=b")),
    RequestMutation(
        "another_host", lambda request: replace(request, uri=request.uri.replace("engine.", "other."))
    ),
    RequestMutation("another_method", lambda request: replace(request, method="PUT")),
)
"""Every request mutation."""
