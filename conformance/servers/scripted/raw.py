"""OpenAI's chat completions and chunks with exactly the fields that a scenario names.

For what servers really send and no dialect writes: odd chunks, missing fields, calls in fragments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.servers.scripted.dialects.dialect import USAGE, Dialect
from conformance.servers.scripted.dialects.openai import OpenAI, event, totals
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.script import Script, stream
from conformance.spec.dialogue import Answer

DONE = b"data: [DONE]\n\n"
"""The terminator of a stream."""

RawEvent = Mapping[str, Any] | bytes
"""A chunk, or the bytes of an event that is not a chunk."""

Fragment = dict[str, Any]
"""One element of ``tool_calls``: a whole call, or a delta of one."""

PARIS = '{"city": "Paris"}'
OSLO = '{"city": "Oslo"}'
BOTH: list[tuple[str | None, str, str]] = [("a", "get_weather", PARIS), ("b", "get_weather", OSLO)]
"""Two calls by id, name and arguments: a scenario sends them in fragments and expects these."""

ONE = BOTH[:1]


def completion(message: Any, finish_reason: Any = "stop", **fields: Any) -> dict[str, Any]:
    """A chat completion of this message; ``fields`` are added at its top."""
    choice = {"index": 0, "message": message, **_ending(finish_reason)}
    return {**OpenAI().envelope(Answer(), "chat.completion", "tiny"), "choices": [choice], **fields}


def chunk(delta: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    """A chunk with this delta; ``fields`` are added at its top."""
    return chunk_without_choice(choices=[{"index": 0, "delta": delta, **_ending(finish_reason)}], **fields)


def chunk_without_choice(**fields: Any) -> dict[str, Any]:
    """A chunk whose list of choices is empty, as one with the usage is."""
    return {**OpenAI().envelope(Answer(), "chat.completion.chunk", "tiny"), "choices": [], **fields}


def text(content: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    """A chunk with this content."""
    return chunk({"content": content}, finish_reason, **fields)


def _ending(finish_reason: Any) -> dict[str, Any]:
    """The finish reason; a relay adds its provider's own where that is an error."""
    native = {"native_finish_reason": "MALFORMED_FUNCTION_CALL"} if finish_reason == "error" else {}
    return {"finish_reason": finish_reason, **native}


def fragment(**fields: Any) -> Fragment:
    """An element of ``tool_calls`` with these fields alone; ``name`` and ``arguments`` make its function."""
    function = {field: fields.pop(field) for field in ("name", "arguments") if field in fields}
    return {**fields, "type": "function", **({"function": function} if function else {})}


def opening(**fields: Any) -> Fragment:
    """The first fragment of a call of ``get_weather``, without arguments unless ``fields`` say otherwise."""
    return fragment(**{"name": "get_weather", "arguments": "", **fields})


def events(*chunks: RawEvent) -> list[bytes]:
    """The chunks as the events of a stream; bytes are sent as they stand."""
    return [each if isinstance(each, bytes) else event(dict(each)) for each in chunks]


def streaming(*chunks: RawEvent) -> Script:
    """A stream of these chunks and of nothing else."""
    return stream(events(*chunks))


def both_ways(dialect: Dialect, body: Any, chunks: Sequence[RawEvent]) -> Handler:
    """``body`` for a request of a whole answer, the chunks and the terminator for one of a stream."""
    return dialect.both_ways(body, events(*chunks, DONE))


def tool_calls(
    dialect: Dialect,
    calls: Any,
    fragments: Sequence[Any],
    *,
    content: str | None = None,
    finish_reason: str | None = "tool_calls",
) -> Handler:
    """``calls``, whatever they are, as ``tool_calls`` of a whole answer; in a stream a chunk a fragment.

    A fragment that is not an object stands for the whole list of its chunk.
    """
    message = {"role": "assistant", "content": content, "tool_calls": calls}
    deltas = [{"tool_calls": [each] if isinstance(each, dict) else each} for each in fragments]
    chunks = [
        chunk({"role": "assistant", "content": content}),
        *(chunk(delta) for delta in deltas),
        *([chunk({}, finish_reason)] if finish_reason else []),
        chunk_without_choice(usage=totals(USAGE)),
    ]
    return both_ways(dialect, completion(message, finish_reason, usage=totals(USAGE)), chunks)


def in_fragments(
    dialect: Dialect, calls: Sequence[tuple[str | None, str, str]], fragments: Sequence[Any]
) -> Handler:
    """These calls whole, with ids of their own, and in a stream in these fragments."""
    whole = [
        fragment(id=f"call_{number}", name=name, arguments=arguments)
        for number, (_, name, arguments) in enumerate(calls)
    ]
    return tool_calls(dialect, whole, fragments)
