"""Short chat completions and chunks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.servers.scripted.raw import chunk, completion, text
from provider import LLMResponse
from provider.chat.decoding import ChunkDecoder

__all__ = ["chunk", "completion", "said", "streamed", "text"]


def said(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def streamed(chunks: Iterable[Any], *, terminated: bool = False) -> tuple[list[str], LLMResponse]:
    """The deltas and the response of a stream that ended with or without its terminator."""
    decoder = ChunkDecoder()
    deltas = [delta for each in chunks for delta in decoder.feed(each)]
    decoder.terminated = terminated
    deltas += decoder.flush()
    return deltas, decoder.finish()
