"""Tool calls in OpenAI's wire as servers really send them: exactly the fields that a scenario names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.servers.scripted.dialects.dialect import Dialect, compact
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.script import reply

ID = "chatcmpl-raw"

Fragment = dict[str, Any]
"""One element of ``tool_calls``: a whole call, or a delta of one."""

PARIS = '{"city": "Paris"}'
OSLO = '{"city": "Oslo"}'
BOTH: list[tuple[str | None, str, str]] = [("a", "get_weather", PARIS), ("b", "get_weather", OSLO)]
"""The calls that a scenario sends in its own way, and demands as if they had come in the usual one."""

ONE = BOTH[:1]


def fragment(**fields: Any) -> Fragment:
    """An element of ``tool_calls`` with these fields alone; ``name`` and ``arguments`` make its function."""
    function = {field: fields.pop(field) for field in ("name", "arguments") if field in fields}
    return {**fields, "type": "function", **({"function": function} if function else {})}


def opening(**fields: Any) -> Fragment:
    """The first fragment of a call of ``get_weather``, without arguments unless ``fields`` say otherwise."""
    return fragment(**{"name": "get_weather", "arguments": "", **fields})


def both_ways(dialect: Dialect, body: Any, chunks: Sequence[bytes]) -> Handler:
    """A request for a stream gets ``chunks``, any other one ``body``."""
    return lambda request: dialect.streamed(chunks) if dialect.wants_stream(request) else reply(body)


def completion(calls: Any, *, text: str | None = None, finish_reason: str | None = "tool_calls") -> Any:
    """A whole answer whose message has ``calls`` as its ``tool_calls``, whatever they are."""
    message = {"role": "assistant", "content": text, "tool_calls": calls}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {**_ANSWER, "choices": [choice], "usage": _USAGE}


def events(
    fragments: Sequence[Any], *, text: str | None = None, finish_reason: str | None = "tool_calls"
) -> list[bytes]:
    """A stream with one chunk a fragment; of what is no fragment the chunk's ``tool_calls`` are made."""
    deltas = [{"tool_calls": [each] if isinstance(each, dict) else each} for each in fragments]
    return [
        _chunk({"role": "assistant", "content": text}),
        *(_chunk(delta) for delta in deltas),
        *([_chunk({}, finish_reason)] if finish_reason else []),
        b"data: %b\n\n" % compact({**_CHUNK, "choices": [], "usage": _USAGE}).encode(),
        b"data: [DONE]\n\n",
    ]


_USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
_ANSWER = {"id": ID, "object": "chat.completion", "created": 1_750_000_000, "model": "tiny"}
_CHUNK = {**_ANSWER, "object": "chat.completion.chunk"}


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return b"data: %b\n\n" % compact({**_CHUNK, "choices": [choice]}).encode()
