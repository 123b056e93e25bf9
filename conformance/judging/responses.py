"""OpenAI's responses: https://developers.openai.com/api/reference/resources/responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, get_args

from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel
from typing_extensions import override

from conformance.judging.api import Api
from conformance.judging.chat import DONE, Chat, ErrorBody
from conformance.judging.events import events_in
from conformance.judging.exchange import Exchange, parsed
from conformance.judging.reading import ReadCall, Reading, at, count, items, string
from conformance.judging.shape import Shape, joined, shape_of
from conformance.spec.dialogue import Message, Turn, request_of

ENDS = ("response.completed", "response.incomplete", "response.failed")
"""The types of the events that end a stream."""


def _event_types() -> Iterator[tuple[str, type[BaseModel]]]:
    union, *_ = get_args(ResponseStreamEvent)
    for each in get_args(union):
        for name in get_args(each.model_fields["type"].annotation):
            yield name, each


EVENTS = dict(_event_types())
"""The events of a stream by their types."""


class Responses(Api):
    """OpenAI's responses, which other servers offer too."""

    name: ClassVar[str] = "responses"
    provider: ClassVar[str] = "OpenAI"
    path: ClassVar[str] = "/responses"
    messages_field: ClassVar[str] = "input"
    limit_field: ClassVar[str] = "max_output_tokens"
    answer_type: ClassVar[type[BaseModel]] = Response
    error_type: ClassVar[type[BaseModel]] = ErrorBody
    endings: ClassVar[Mapping[str, str]] = {
        "stop": "completed",
        "length": "max_output_tokens",
        "stop_sequence": "completed",
        "tool_calls": "completed",
    }

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return Chat().key_header(key)

    @override
    def question(self, model: str, turn: Turn, *, stream: bool, params: Mapping[str, Any]) -> dict[str, Any]:
        chosen = {**request_of(turn), **params}
        tools, shape, limit = (chosen.pop(name, None) for name in ("tools", "response_format", "max_tokens"))
        return {
            "model": model,
            "input": [item for message in turn.messages for item in _items_of(message)],
            "store": False,
            **(
                {"tools": [{"type": "function", "strict": False, **_of(each)} for each in tools]}
                if tools
                else {}
            ),
            **({"text": {"format": _format(shape)}} if shape else {}),
            **({"max_output_tokens": limit} if limit is not None else {}),
            **({"stream": True} if stream else {}),
            **chosen,
        }

    @override
    def whole(self, exchange: Exchange) -> Reading:
        body = exchange.json()
        return _reading(exchange, body, string(body, "status"), bodies=[body])

    @override
    def streamed(self, exchange: Exchange) -> Reading:
        events = events_in(exchange.body)
        if events and events[-1].data == DONE:  # Open Responses ends a stream as chat completions do
            events.pop()
        bodies = [parsed(event.data) for event in events]
        ended = [each for each in bodies if string(each, "type") in ENDS]
        end = ended[-1] if ended else None
        status = string(end, "type").partition(".")[2]
        read = _reading(exchange, at(end, "response"), status, bodies=bodies)
        made: dict[str, ReadCall] = {}
        for each in bodies:
            item, kind = at(each, "item"), string(each, "type")
            # By their ids: whether the indexes are right is for a law of their own.
            name = string(each, "item_id") or string(item, "id")
            if kind == "response.output_item.added" and at(item, "type") == "function_call":
                made[name] = ReadCall(string(item, "call_id"), string(item, "name"), "")
            elif kind == "response.function_call_arguments.delta" and name in made:
                call = made[name]
                made[name] = ReadCall(call.id, call.name, call.arguments + string(each, "delta"))
        deltas = (each for each in bodies if string(each, "type") == "response.output_text.delta")
        begun = (found for each in bodies if (found := string(each, "response", "id")))
        return Reading(
            exchange,
            next(begun, ""),
            "".join(string(each, "delta") for each in deltas),
            list(made.values()),
            read.finish,
            read.prompt_tokens,
            read.completion_tokens,
            bodies=bodies,
            events=events,
        )

    @override
    def stream_shape(self, streamed: Reading) -> Shape:
        return joined(_shape_of(event.data) for event in streamed.events)


def text_of(item: Any) -> str:
    """The text of a message."""
    parts = (part for part in items(item, "content") if at(part, "type") == "output_text")
    return "".join(string(part, "text") for part in parts)


def _reading(exchange: Exchange, response: Any, status: str, *, bodies: list[Any]) -> Reading:
    output, usage = items(response, "output"), at(response, "usage")
    reason = string(response, "incomplete_details", "reason") if status == "incomplete" else ""
    return Reading(
        exchange,
        string(response, "id"),
        "".join(text_of(each) for each in output if at(each, "type") == "message"),
        [
            ReadCall(string(each, "call_id"), string(each, "name"), string(each, "arguments"))
            for each in output
            if at(each, "type") == "function_call"
        ],
        reason or status or None,
        count(usage, "input_tokens"),
        count(usage, "output_tokens"),
        bodies=bodies,
    )


def _shape_of(data: str) -> tuple[str, Shape]:
    """The type of an event, and how the event fits it."""
    kind = string(parsed(data), "type")
    known = EVENTS.get(kind)
    return kind, Shape((f"{data[:60]!r} is of no known type",)) if known is None else shape_of(data, known)


def _of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    function: Mapping[str, Any] = tool["function"]
    return function


def _format(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": shape["type"], **shape.get("json_schema", {})}


def _items_of(message: Message) -> Iterable[dict[str, Any]]:
    """The items that say what a message says."""
    if message["role"] == "tool":
        return [
            {
                "type": "function_call_output",
                "call_id": message["tool_call_id"],
                "output": message["content"],
            }
        ]
    content = message["content"]
    if isinstance(content, list):
        content = [{**part, "type": "input_text"} for part in content]
    said = [{"type": "message", "role": message["role"], "content": content}] if content else []
    if said and message["role"] == "assistant":
        said[0]["content"] = [{"type": "output_text", "text": content, "annotations": []}]
    calls = [
        {
            "type": "function_call",
            "call_id": call["id"],
            "name": call["function"]["name"],
            "arguments": call["function"]["arguments"],
        }
        for call in message.get("tool_calls") or ()
    ]
    return [*said, *calls]
