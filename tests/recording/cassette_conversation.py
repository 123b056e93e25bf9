"""A conversation with tool calls and a stream, under any ids, for the comparison of recordings."""

from __future__ import annotations

import json
from typing import Any

from conformance.recording import Interaction
from tests.recording.cassette_server import EVENTS, STORED, request, response

IDS = ["chatcmpl-1", "call_a", "call_b", "msg_1", "toolu_1", "chatcmpl-3"]
"""Every id that a server made up in the conversation below."""

Conversation = list[tuple[str, Any, Any]]


def conversation(ids: list[str], created: int = 1700000000) -> Conversation:
    """Two tool calls and their results, an Anthropic answer, a streamed answer."""
    completion, first, second, message, use, chunk = ids
    arguments = '{"id": "call_a", "created": 1}'
    calls = [
        {"id": name, "type": "function", "function": {"name": "f", "arguments": arguments}}
        for name in (first, second)
    ]
    return [
        (
            "/v1/chat/completions",
            {
                "model": "tiny",
                "created": 1,
                "messages": [{"role": "user", "content": "Call f", "id": "mine"}],
            },
            {
                "id": completion,
                "created": created,
                "model": "tiny",
                "choices": [
                    {"message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}
                ],
                "timings": {"prompt_ms": created / 3, "cache_n": 1},
                "system_fingerprint": f"fp-{created}",
            },
        ),
        (
            "/v1/chat/completions",
            {
                "model": "tiny",
                "messages": [
                    {"role": "assistant", "tool_calls": calls},
                    {"role": "tool", "tool_call_id": first, "content": "1"},
                    {"role": "tool", "tool_call_id": second, "content": "2"},
                    {"role": "tool", "tool_call_id": "call_1", "content": "3"},
                ],
            },
            [
                {"id": chunk, "created": created, "choices": [{"delta": {"content": "three"}}]},
                {"id": chunk, "created": created, "choices": [], "timings": {"prompt_ms": created}},
            ],
        ),
        (
            "/v1/messages",
            {"messages": [{"role": "user", "content": "Call g"}]},
            {"id": message, "content": [{"type": "tool_use", "id": use, "name": "g", "input": {"id": "x"}}]},
        ),
        (
            "/v1/models",
            {},
            {"object": "list", "data": [{"id": "tiny", "object": "model", "created": created}]},
        ),
        ("/v1/models/tiny", {}, {"id": "tiny", "object": "model", "created": created}),
    ]


def interactions(talk: Conversation) -> list[Interaction]:
    return [
        Interaction(
            request(json.dumps(question).encode(), STORED + route),
            response(stream(answer), EVENTS)
            if isinstance(answer, list)
            else response(json.dumps(answer).encode()),
        )
        for route, question, answer in talk
    ]


def stream(events: list[Any]) -> bytes:
    return "".join(f"data: {json.dumps(each)}\n\n" for each in events).encode() + b"data: [DONE]\n\n"
