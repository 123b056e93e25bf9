"""Chat completions and chunks, as short as a test wants them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provider import LLMResponse
from provider.completions import ChunkDecoder


def completion(message: Any, finish_reason: Any = "stop", **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {"object": "chat.completion", "choices": [choice], **fields}


def said(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def chunk(delta: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"object": "chat.completion.chunk", "choices": [choice], **fields}


def text(content: Any, finish_reason: Any = None, **fields: Any) -> dict[str, Any]:
    return chunk({"content": content}, finish_reason, **fields)


def streamed(chunks: Iterable[Any], *, terminated: bool = False) -> tuple[list[str], LLMResponse]:
    """The deltas and the response of a stream that ended with or without its terminator."""
    decoder = ChunkDecoder()
    deltas = [delta for each in chunks for delta in decoder.feed(each)]
    decoder.terminated = terminated
    deltas += decoder.rest()
    return deltas, decoder.finish()
