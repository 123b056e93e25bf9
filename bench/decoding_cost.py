"""How the time to decode hostile bytes grows with their number: linear is 4 for four times as many."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from provider.chat.decoding import ChunkDecoder, decode_completion
from provider.chat.streams import EventChunks
from provider.errors import LLMProviderError
from provider.failures.classify import classify
from provider.http.addresses import masked
from provider.http.aws_eventstream import FrameDecoder
from provider.http.ndjson import NDJSONDecoder
from provider.litellm.bodies import BodyReader

KEY = "sk-the-key-of-the-bench"
PIECE = 1000
"""Bytes of a piece."""


def worst_growth(pieces: int = 500) -> tuple[str, float]:
    """The hostile body whose decoding grows most, and by how much for four times as many bytes."""
    growths = {name: _growth(decode, pieces) for name, decode in _decodings()}
    worst = max(growths, key=growths.__getitem__)
    return worst, growths[worst]


def _growth(decode: Callable[[int], None], pieces: int) -> float:
    few, many = (min(_seconds(decode, pieces * times) for _ in range(3)) for times in (1, 4))
    return many / max(few, 1e-3)


def _seconds(decode: Callable[[int], None], pieces: int) -> float:
    began = time.process_time()
    with contextlib.suppress(LLMProviderError):
        decode(pieces)
    return time.process_time() - began


def _decodings() -> Iterator[tuple[str, Callable[[int], None]]]:
    for name, begun, piece in (
        ("blank lines before a stream", b"", b"\n"),
        ("an event of one line", b"data: ", b"x"),
        ("an event of many lines", b"", b"data: x\n"),
        ("an event of blanks", b"data: ", b" "),
        ("carriage returns", b"data: ", b"\r"),
        ("comments", b"", b": x\n\n"),
    ):
        yield name, partial(_stream, begun, piece)
        yield f"{name}, at litellm", partial(_reader, begun, piece)
    yield "one line of JSON", partial(_fed, NDJSONDecoder, b"x")
    yield "one frame", partial(_fed, FrameDecoder, b"\0")
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "[1,"}}
    deltas: list[dict[str, Any]] = [{"content": text} for text in ("hello ", "<think>")]
    deltas.append({"reasoning_content": "hm "})
    for delta in [*deltas, {"tool_calls": [call]}]:
        yield f"chunks of {delta}", partial(_chunks, delta)
    for word in ("rate limit token context ", "try again in 1m", "{", '\\"', "<p>", "1", " ", KEY[:16]):
        yield f"an error of {word!r}", partial(_error, word)


def _pieces(begun: bytes, piece: bytes, count: int) -> Iterator[bytes]:
    yield begun
    for _ in range(count):
        yield piece * (PIECE // len(piece))


def _stream(begun: bytes, piece: bytes, count: int) -> None:
    list(EventChunks("text/event-stream", _pieces(begun, piece, count), lambda: None))


def _reader(begun: bytes, piece: bytes, count: int) -> None:
    reader = BodyReader("text/event-stream", stream=True)
    for each in _pieces(begun, piece, count):
        reader.feed(each)
    reader.end()


def _fed(make: Callable[[], NDJSONDecoder | FrameDecoder], piece: bytes, count: int) -> None:
    decoder = make()
    for each in _pieces(b"", piece, count):
        list(decoder.feed(each))


def _chunks(delta: dict[str, Any], count: int) -> None:
    decoder = ChunkDecoder()
    for _ in range(4 * count):
        list(decoder.feed({"choices": [{"delta": delta}]}))
    list(decoder.flush())


def _error(word: str, count: int) -> None:
    text = word * (count * PIECE // len(word))
    masked(classify(500, text).message, KEY)
    masked(text, KEY)
    classify(429, json.dumps({"error": {"message": text}}))
    decode_completion({"choices": [{"message": {"content": text}}]})
