"""Decodes Amazon's binary event stream; free of I/O.

A message is two lengths with their checksum, headers, a payload, and a
checksum of all (https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html).
litellm reads it with botocore, which raises for a wrong checksum. A stream
that is cut raises nothing, or, since 1.105, raises even behind the end of the
answer. So litellm is given complete messages only, and a cut is detected here.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from zlib import crc32

from provider.http.sse import Event
from provider.json_values import json_or, mapping

MEDIA_TYPE = "application/vnd.amazon.eventstream"

_PRELUDE = 12
"""Bytes of the two lengths and their checksum."""

_OVERHEAD = _PRELUDE + 4
"""Bytes of a message without headers and payload."""

_LARGEST = 25 * 1024 * 1024
"""Bytes; AWS sends no larger message, so a larger length is invalid."""

_VALUE_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type, for the types of fixed size."""


class Message(NamedTuple):
    """One message: its headers, its payload, and all of its bytes."""

    headers: Mapping[str, str]
    payload: bytes
    data: bytes

    @property
    def event(self) -> Event:
        """The event that it carries."""
        return _event(self.headers, self.payload)


class FrameDecoder:
    """Turns bytes, cut anywhere, into events, until a message is damaged.

    An exception becomes an event called ``error``, with its type in the data.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._damaged = False

    def rest(self) -> bytes:
        """Take the bytes that are no complete message out."""
        rest, self._pending = bytes(self._pending), bytearray()
        return rest

    @property
    def is_damaged(self) -> bool:
        """Whether a message was damaged, behind which nothing can be read."""
        return self._damaged

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take the next bytes and yield the events they complete."""
        for message in self.messages(piece):
            yield message.event

    def messages(self, piece: bytes) -> Iterator[Message]:
        """Take the next bytes and yield the messages they complete."""
        self._pending += piece
        while not self._damaged and len(self._pending) >= _PRELUDE:
            total, head = struct.unpack_from(">II", self._pending)
            self._damaged = not _is_prelude(self._pending, total, head)
            if self._damaged or len(self._pending) < total:
                return
            self._damaged = _checksum(self._pending, total - 4) != crc32(self._pending[: total - 4])
            if not self._damaged:
                data = bytes(self._pending[:total])
                del self._pending[:total]
                headers = _headers(data[_PRELUDE : _PRELUDE + head])
                yield Message(headers, data[_PRELUDE + head : -4], data)


class PayloadDecoder:
    """Takes out the bytes that were put into messages wherever they happened to be cut, as SageMaker does.

    An exception, and a damaged message, become an event called ``error``.

    Attributes:
        is_damaged: whether a message was damaged, behind which nothing can be read.
    """

    def __init__(self) -> None:
        self.is_damaged = False
        self._decoder = FrameDecoder()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take the next bytes and yield the payloads they complete."""
        for message in self._decoder.messages(piece):
            is_event = message.headers.get(":message-type", "event") == "event"
            yield message.payload if is_event else b"\n\n" + message.event.encode()
        if self._decoder.is_damaged:
            self.is_damaged = True
            damaged = Event("error", json.dumps({"message": "a frame of the stream is damaged"}))
            yield b"\n\n" + damaged.encode()


def _is_prelude(data: bytearray, total: int, head: int) -> bool:
    sane = _OVERHEAD + head <= total <= _LARGEST
    return sane and _checksum(data, 8) == crc32(data[:8])


def _checksum(data: bytes | bytearray, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _headers(data: bytes) -> dict[str, str]:
    """The headers whose value is text; Bedrock sends no others."""
    headers = {}
    at = 0
    while at < len(data):
        name_end = at + 1 + data[at]
        kind, at_value = data[name_end : name_end + 1], name_end + 1
        size = _VALUE_SIZES.get(kind[0] if kind else -1)
        if size is None:
            size, at_value = int.from_bytes(data[at_value : at_value + 2], "big"), at_value + 2
        if kind == b"\x07":
            headers[_text(data[at + 1 : name_end])] = _text(data[at_value : at_value + size])
        at = at_value + size
    return headers


def _event(headers: Mapping[str, str], payload: bytes) -> Event:
    match headers.get(":message-type"):
        case "exception":
            return _error(headers.get(":exception-type", ""), _json(payload))
        case "error":
            return _error(headers.get(":error-code", ""), {"message": headers.get(":error-message", "")})
    data = _json(payload)
    return Event(headers.get(":event-type", ""), _inner(data) if "bytes" in data else _text(payload))


def _error(kind: str, data: Mapping[str, Any]) -> Event:
    return Event("error", json.dumps({**data, "__type": kind}))


def _inner(data: Mapping[str, Any]) -> str:
    """The model's own event, which the older invoke API wraps."""
    try:
        return _text(base64.b64decode(str(data["bytes"])))
    except (binascii.Error, ValueError):
        return ""


def _json(payload: bytes) -> Mapping[str, Any]:
    return mapping(json_or(None, payload))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
