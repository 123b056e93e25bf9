"""Amazon's binary event streams, as Bedrock sends them: messages with headers and checksums.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

_TEXT = 7
"""The number of the header type that holds a string; Bedrock uses no other."""


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message whose headers are all texts."""
    return framed(
        b"".join(_header(name.encode(), value.encode()) for name, value in headers.items()), payload
    )


def framed(headers: bytes, payload: bytes) -> bytes:
    """One message: two lengths and their checksum, headers, payload, and the checksum of all."""
    lengths = struct.pack(">II", 4 * 4 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def payload_of(message: bytes) -> bytes:
    """The payload of one whole message."""
    return message[12 + int.from_bytes(message[4:8], "big") : -4]


def _header(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + struct.pack(">BH", _TEXT, len(value)) + value
