"""OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.shared import ErrorObject
from pydantic import BaseModel
from typing_extensions import override

from conformance.judging.api import Api
from conformance.judging.events import events_in
from conformance.judging.exchange import Exchange, parsed
from conformance.judging.reading import ReadCall, Reading, at, count, items, string
from conformance.judging.shape import Shape, joined, shape_of
from conformance.spec.dialogue import Turn, request_of

DONE = "[DONE]"
"""The data of the last event of a stream."""


class ErrorBody(BaseModel):
    """The body of every error; the SDK has a type for what is inside."""

    error: ErrorObject


class Chat(Api):
    """OpenAI's chat completions."""

    name: ClassVar[str] = "chat"
    provider: ClassVar[str] = "OpenAI"
    path: ClassVar[str] = "/chat/completions"
    answer_type: ClassVar[type[BaseModel]] = ChatCompletion
    error_type: ClassVar[type[BaseModel]] = ErrorBody
    endings: ClassVar[Mapping[str, str]] = {
        "stop": "stop",
        "length": "length",
        "stop_sequence": "stop",
        "tool_calls": "tool_calls",
    }

    @override
    def key_header(self, key: str) -> tuple[str, str]:
        return "authorization", f"Bearer {key}"

    @override
    def question(self, model: str, turn: Turn, *, stream: bool, params: Mapping[str, Any]) -> dict[str, Any]:
        streaming = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        return {"model": model, "messages": list(turn.messages), **request_of(turn), **streaming, **params}

    @override
    def whole(self, exchange: Exchange) -> Reading:
        body = exchange.json()
        calls = [
            ReadCall(
                string(each, "id"), string(each, "function", "name"), string(each, "function", "arguments")
            )
            for each in items(body, "choices", 0, "message", "tool_calls")
        ]
        return Reading(
            exchange,
            string(body, "id"),
            string(body, "choices", 0, "message", "content"),
            calls,
            string(body, "choices", 0, "finish_reason") or None,
            count(body, "usage", "prompt_tokens"),
            count(body, "usage", "completion_tokens"),
            bodies=[body],
        )

    @override
    def streamed(self, exchange: Exchange) -> Reading:
        events = events_in(exchange.body)
        chunks = [parsed(event.data) for event in events if event.data != DONE]
        deltas = [at(chunk, "choices", 0, "delta") for chunk in chunks]
        endings = [found for chunk in chunks if (found := string(chunk, "choices", 0, "finish_reason"))]
        usages = [found for chunk in chunks if isinstance(found := at(chunk, "usage"), dict)]
        return Reading(
            exchange,
            string(chunks, 0, "id"),
            "".join(string(delta, "content") for delta in deltas),
            _joined([part for delta in deltas for part in items(delta, "tool_calls")]),
            endings[-1] if endings else None,
            count(usages, len(usages) - 1, "prompt_tokens") if usages else None,
            count(usages, len(usages) - 1, "completion_tokens") if usages else None,
            bodies=chunks,
            events=events,
        )

    @override
    def stream_shape(self, streamed: Reading) -> Shape:
        events = [event.data for event in streamed.events if event.data != DONE]
        return joined(("chunk", shape_of(data, ChatCompletionChunk)) for data in events)


def _joined(fragments: Sequence[Any]) -> list[ReadCall]:
    """The calls whose fragments share an index."""
    calls: dict[int, ReadCall] = {}
    for each in fragments:
        index = count(each, "index") or 0
        before = calls.get(index, ReadCall("", "", ""))
        calls[index] = ReadCall(
            before.id or string(each, "id"),
            before.name + string(each, "function", "name"),
            before.arguments + string(each, "function", "arguments"),
        )
    return list(calls.values())
