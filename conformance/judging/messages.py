"""Anthropic's messages: https://platform.claude.com/docs/en/api/messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel
from typing_extensions import override

from conformance.judging import message_types
from conformance.judging.api import Api
from conformance.judging.events import events_in
from conformance.judging.exchange import Exchange, parsed
from conformance.judging.reading import ReadCall, Reading, at, count, items, string
from conformance.judging.shape import Shape, joined, shape_of
from conformance.spec.dialogue import Message, Turn, request_of

MAX_TOKENS = 1024
"""Of an answer whose turn names no limit: this API demands one."""


class Messages(Api):
    """Anthropic's messages."""

    name: ClassVar[str] = "messages"
    provider: ClassVar[str] = "Anthropic"
    path: ClassVar[str] = "/messages"
    answer_type: ClassVar[type[BaseModel]] = message_types.Message
    error_type: ClassVar[type[BaseModel]] = message_types.ErrorBody
    endings: ClassVar[Mapping[str, str]] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "stop_sequence": "stop_sequence",
        "tool_calls": "tool_use",
    }
    headers: ClassVar[Mapping[str, str]] = {**Api.headers, "anthropic-version": "2023-06-01"}

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "x-api-key", key

    @override
    def question(self, model: str, turn: Turn, *, stream: bool, params: Mapping[str, Any]) -> dict[str, Any]:
        chosen = {**request_of(turn), **params}
        tools, choice, stop = (chosen.pop(name, None) for name in ("tools", "tool_choice", "stop"))
        system = [message["content"] for message in turn.messages if message["role"] == "system"]
        return {
            "model": model,
            "messages": list(_messages(turn.messages)),
            "max_tokens": MAX_TOKENS,
            **({"system": "\n".join(system)} if system else {}),
            **({"tools": [_tool(each["function"]) for each in tools]} if tools else {}),
            **({"tool_choice": {"type": {"required": "any"}.get(choice, choice)}} if choice else {}),
            **({"stop_sequences": stop} if stop else {}),
            **({"stream": True} if stream else {}),
            **chosen,
        }

    @override
    def whole(self, exchange: Exchange) -> Reading:
        body = exchange.json()
        blocks = items(body, "content")
        calls = [
            ReadCall(string(each, "id"), string(each, "name"), json.dumps(at(each, "input")))
            for each in blocks
            if at(each, "type") == "tool_use"
        ]
        words = "".join(string(each, "text") for each in blocks if at(each, "type") == "text")
        usage = at(body, "usage")
        counts = _prompt_tokens(usage), count(usage, "output_tokens")
        ending = string(body, "stop_reason") or None
        return Reading(exchange, string(body, "id"), words, calls, ending, *counts, bodies=[body])

    @override
    def streamed(self, exchange: Exchange) -> Reading:
        events = events_in(exchange.body)
        bodies = [parsed(event.data) for event in events]
        calls: dict[int, ReadCall] = {}
        for each in bodies:
            block, index = at(each, "content_block"), count(each, "index") or 0
            if at(block, "type") == "tool_use":
                calls[index] = ReadCall(string(block, "id"), string(block, "name"), "")
            elif index in calls:
                before = calls[index]
                more = string(each, "delta", "partial_json")
                calls[index] = ReadCall(before.id, before.name, before.arguments + more)
        ended = [found for each in bodies if (found := string(each, "delta", "stop_reason"))]
        usage: dict[str, Any] = {}
        for each in bodies:
            for found in (at(each, "message", "usage"), at(each, "usage")):
                usage |= found if isinstance(found, dict) else {}
        return Reading(
            exchange,
            next((found for each in bodies if (found := string(each, "message", "id"))), ""),
            "".join(string(each, "delta", "text") for each in bodies),
            # A call without arguments may have no fragment at all.
            [ReadCall(each.id, each.name, each.arguments or "{}") for each in calls.values()],
            ended[-1] if ended else None,
            _prompt_tokens(usage),
            count(usage, "output_tokens"),
            bodies=bodies,
            events=events,
        )

    @override
    def stream_shape(self, streamed: Reading) -> Shape:
        return joined(_shape_of(event.data) for event in streamed.events)


def _shape_of(data: str) -> tuple[str, Shape]:
    """The type of an event, and how the event fits it."""
    kind = string(parsed(data), "type")
    known = message_types.EVENTS.get(kind)
    return kind, Shape((f"{data[:60]!r} is of no known type",)) if known is None else shape_of(data, known)


def _prompt_tokens(usage: Any) -> int | None:
    """All tokens of the question: those that were read from a cache are counted apart."""
    fields = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    found = [number for name in fields if (number := count(usage, name)) is not None]
    return sum(found) if found else None


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": function["name"],
        "description": function["description"],
        "input_schema": function["parameters"],
    }


def _messages(messages: Iterable[Message]) -> Iterator[dict[str, Any]]:
    """The messages as alternating turns: the results of several calls are blocks of one message."""
    results: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            block = {
                "type": "tool_result",
                "tool_use_id": message["tool_call_id"],
                "content": message["content"],
            }
            results.append(block)
            continue
        if results:
            yield {"role": "user", "content": results}
            results = []
        if message["role"] != "system":
            yield _message(message)
    if results:
        yield {"role": "user", "content": results}


def _message(message: Message) -> dict[str, Any]:
    if not message.get("tool_calls"):
        return dict(message)
    blocks = [{"type": "text", "text": message["content"]}] if message["content"] else []
    blocks += [
        {
            "type": "tool_use",
            "id": call["id"],
            "name": call["function"]["name"],
            "input": json.loads(call["function"]["arguments"]),
        }
        for call in message["tool_calls"]
    ]
    return {"role": message["role"], "content": blocks}
