"""Chat completions and their chunks word for word, for what no dialect would ever say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.servers.scripted.dialects.dialect import Dialect
from conformance.servers.scripted.dialects.openai import OpenAI, event
from conformance.servers.scripted.handlers import Handler
from conformance.servers.scripted.script import Script, reply, stream
from conformance.spec.dialogue import Answer

DONE = b"data: [DONE]\n\n"
"""The terminator of a stream."""

RawEvent = Mapping[str, Any] | bytes
"""A chunk, or the bytes of an event that is none."""


def completion(message: Any, finish_reason: Any = "stop", **fields: Any) -> dict[str, Any]:
    """A chat completion of this message."""
    choice = {"index": 0, "message": message, **ended(finish_reason)}
    return {**OpenAI().envelope(Answer(), "chat.completion", "tiny"), "choices": [choice], **fields}


def chunk(delta: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    """A chunk with this delta."""
    choice = {"index": 0, "delta": delta, **ended(finish_reason)}
    return chunk_without_choice(choices=[choice], **fields)


def ended(finish_reason: Any) -> dict[str, Any]:
    """Why a choice ended; a relay that passes an error on says beside it what its provider called it."""
    native = {"native_finish_reason": "MALFORMED_FUNCTION_CALL"} if finish_reason == "error" else {}
    return {"finish_reason": finish_reason, **native}


def chunk_without_choice(**fields: Any) -> dict[str, Any]:
    """A chunk without a choice: what stands beside the answer."""
    return {**OpenAI().envelope(Answer(), "chat.completion.chunk", "tiny"), "choices": [], **fields}


def text(content: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    """A chunk with this content."""
    return chunk({"content": content}, finish_reason, **fields)


def events(*said: RawEvent) -> list[bytes]:
    """The chunks as the events of a stream; bytes are sent as they stand."""
    return [each if isinstance(each, bytes) else event(dict(each)) for each in said]


def streaming(*said: RawEvent) -> Script:
    """A stream of these chunks and of nothing else."""
    return stream(events(*said))


def either(dialect: Dialect, body: Any, said: Sequence[RawEvent]) -> Handler:
    """``body`` for a request of a whole answer, the chunks and the terminator for one of a stream."""
    return lambda request: streaming(*said, DONE) if dialect.wants_stream(request) else reply(body)
