"""Amazon's binary event streams: frames with their headers and checksums."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

_TEXT = 7
"""The number of the header type that holds a string; Bedrock uses no other."""


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: its two lengths and their checksum, headers, payload, and the checksum of all."""
    head = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack(">II", 4 * 4 + len(head) + len(payload), len(head))
    message = lengths + struct.pack(">I", crc32(lengths)) + head + payload
    return message + struct.pack(">I", crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + struct.pack(">BH", _TEXT, len(value)) + value
